{{ incremental_fact('fct_report') }}
with

changed as (

    select *
    from {{ ref('stg_snap_report__report') }}
    {{ changed_rows_only('fct_report') }}

),

located as (

    select
        *,
        {{ code_of('community', 'grid_code') }} as community_code
    from changed

)

select
    located.report_id,
    located.reporter_openid,
    located.reporter_type,
    located.grid_code,
    located.community_code,
    {{ code_of('street', 'located.community_code') }} as street_code,
    {{ code_of('district', 'located.community_code') }} as district_code,
    located.category,
    located.photos,
    located.longitude,
    located.latitude,
    located.reported_at,
    located.status,
    located.event_id,
    located.replied_at,
    located.rating,
    located.updated_at,
    cast(located.reported_at as date) as reported_on,
    coalesce(located.replied_at <= located.reported_at + interval '24' hour, false) as is_answered_24h,
    case when located.event_id is not null then event.event_id is null end as is_event_unknown,
    known.org_code is not null as is_known_community,
    located._business_date as business_date,
    located._file_name as file_name,
    located._row_number as row_number,
    'snap_report' as platform,
    'report' as feed
from located
left join {{ ref('dim_org') }} as known
    on located.community_code = known.org_code
    and known.org_level = 'community'
left join {{ ref('fct_event') }} as event
    on located.event_id = event.event_id
