{{ incremental_fact('fct_visit') }}
with

changed as (

    select *
    from {{ ref('stg_home_visit__visit') }}
    {{ changed_rows_only('fct_visit') }}

),

located as (

    select
        *,
        {{ code_of('community', 'grid_code') }} as community_code
    from changed

)

select
    located.visit_id,
    located.worker_id,
    located.grid_code,
    located.community_code,
    {{ code_of('street', 'located.community_code') }} as street_code,
    {{ code_of('district', 'located.community_code') }} as district_code,
    located.building_code,
    located.household_id,
    located.visit_type,
    located.started_at,
    located.ended_at,
    located.on_site,
    located.policy_topic,
    located.problems_found,
    located.event_id,
    located.longitude,
    located.latitude,
    located.photos,
    cast(located.started_at as date) as started_on,
    coalesce(located.on_site and located.ended_at >= located.started_at + interval '3' minute, false) as is_valid,
    -- An event of a community that was never in a register affects no number, not even a visit's.
    case
        when located.problems_found > 0
            then coalesce(event.is_known_community and event.closed_at <= located.started_at + interval '360' hour, false)
    end as is_need_resolved_15d,
    case
        when located.problems_found > 0
            then coalesce(event.is_known_community and event.accepted_at <= located.started_at + interval '168' hour, false)
    end as is_actioned_7d,
    case when located.event_id is not null then event.event_id is null end as is_event_unknown,
    case when event.event_id is not null then event.closed_at is not null end as is_event_closed,
    known.org_code is not null as is_known_community,
    located._business_date as business_date,
    located._file_name as file_name,
    located._row_number as row_number,
    'home_visit' as platform,
    'visit' as feed
from located
left join {{ ref('dim_org') }} as known
    on located.community_code = known.org_code
    and known.org_level = 'community'
left join {{ ref('fct_event') }} as event
    on located.event_id = event.event_id
