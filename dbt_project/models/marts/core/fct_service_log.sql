{{ incremental_fact('fct_service_log') }}
with

changed as (

    select *
    from {{ ref('stg_volunteer__service_log') }}
    {{ changed_rows_only('fct_service_log') }}

),

located as (

    -- A log has the place of its activity.
    select
        changed.*,
        activity.community_code,
        activity.team_id,
        activity.status as activity_status,
        activity.starts_on as activity_starts_on,
        activity.is_known_community,
        {{ microseconds_between('changed.checked_in_at', 'changed.checked_out_at') }} as microseconds_served
    from changed
    left join {{ ref('fct_activity') }} as activity
        on changed.activity_id = activity.activity_id

)

select
    located.log_id,
    located.activity_id,
    located.community_code,
    {{ code_of('street', 'located.community_code') }} as street_code,
    {{ code_of('district', 'located.community_code') }} as district_code,
    located.team_id,
    located.volunteer_id,
    located.checked_in_at,
    located.checked_out_at,
    located.on_site,
    located.entered_at,
    located.credited_hours,
    cast(located.checked_in_at as date) as checked_in_on,
    located.activity_status,
    located.activity_starts_on,
    coalesce(
        located.on_site
        and located.entered_at >= located.checked_out_at
        and located.credited_hours <= 8
        and located.credited_hours * 3600000000 <= located.microseconds_served + 1800000000,
        false
    ) as is_verified,
    coalesce(located.is_known_community, false) as is_known_community,
    located._business_date as business_date,
    located._file_name as file_name,
    located._row_number as row_number,
    'volunteer' as platform,
    'service_log' as feed
from located
