{{ incremental_fact('fct_duty_shift') }}
with

changed as (

    select *
    from {{ ref('stg_service_centre__duty_shift') }}
    {{ changed_rows_only('fct_duty_shift') }}

),

dated as (

    select
        *,
        cast(planned_start as date) as planned_on
    from changed

),

newest_point as (

    -- If no snapshot has the point on that day, its place in the newest snapshot counts.
    select
        point_code,
        max_by(community_code, valid_from) as community_code
    from {{ ref('dim_service_point') }}
    group by point_code

),

located as (

    select
        dated.*,
        greatest(dated.planned_start, dated.signed_in_at) as staffed_from,
        least(dated.planned_end, dated.signed_out_at) as staffed_to,
        coalesce(planned_point.community_code, newest_point.community_code) as community_code
    from dated
    left join newest_point
        on dated.point_code = newest_point.point_code
    left join {{ ref('dim_service_point') }} as planned_point
        on dated.point_code = planned_point.point_code
        and {{ in_force('planned_point', 'dated.planned_on') }}

)

select
    located.shift_id,
    located.point_code,
    located.community_code,
    {{ code_of('street', 'located.community_code') }} as street_code,
    {{ code_of('district', 'located.community_code') }} as district_code,
    located.worker_id,
    located.planned_start,
    located.planned_end,
    located.signed_in_at,
    located.signed_out_at,
    located.is_extended,
    located.planned_on,
    {{ duration('located.planned_start', 'located.planned_end') }} as planned_microseconds,
    -- A shift signed outside its plan counts as 0; if its end is before its beginning, the duration is unknown.
    case
        when located.planned_end < located.planned_start or located.signed_out_at < located.signed_in_at then null
        when located.signed_in_at is not null and located.signed_out_at is not null
            then coalesce({{ duration('located.staffed_from', 'located.staffed_to') }}, 0)
        else 0
    end as staffed_microseconds,
    known.org_code is not null as is_known_community,
    located._business_date as business_date,
    located._file_name as file_name,
    located._row_number as row_number,
    'service_centre' as platform,
    'duty_shift' as feed
from located
left join {{ ref('dim_org') }} as known
    on located.community_code = known.org_code
    and known.org_level = 'community'
