{{ incremental_fact('fct_service_case') }}
with

changed as (

    select *
    from {{ ref('stg_service_centre__service_case') }}
    {{ changed_rows_only('fct_service_case') }}

),

dated as (

    select
        *,
        cast(accepted_at as date) as accepted_on,
        cast(promised_at as date) as promised_on,
        cast(completed_at as date) as completed_on
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
        coalesce(accepted_point.community_code, newest_point.community_code) as accepted_at_code,
        coalesce(promised_point.community_code, newest_point.community_code) as promised_at_code,
        case when dated.completed_on is not null then coalesce(completed_point.community_code, newest_point.community_code) end as completed_at_code
    from dated
    left join newest_point
        on dated.point_code = newest_point.point_code
    left join {{ ref('dim_service_point') }} as accepted_point
        on dated.point_code = accepted_point.point_code
        and {{ in_force('accepted_point', 'dated.accepted_on') }}
    left join {{ ref('dim_service_point') }} as promised_point
        on dated.point_code = promised_point.point_code
        and {{ in_force('promised_point', 'dated.promised_on') }}
    left join {{ ref('dim_service_point') }} as completed_point
        on dated.point_code = completed_point.point_code
        and {{ in_force('completed_point', 'dated.completed_on') }}

),

known as (

    select org_code
    from {{ ref('dim_org') }}
    where org_level = 'community'

)

select
    located.case_id,
    located.point_code,
    located.item_code,
    located.item_name,
    located.channel,
    located.applicant_id_number,
    located.queued_at,
    located.called_at,
    located.accepted_at,
    located.promised_at,
    located.completed_at,
    located.trips,
    located.status,
    located.rating,
    located.updated_at,
    located.accepted_on,
    located.promised_on,
    located.completed_on,
    accepted_known.org_code as accepted_community_code,
    promised_known.org_code as promised_community_code,
    completed_known.org_code as completed_community_code,
    {{ code_of('street', 'accepted_known.org_code') }} as street_code,
    {{ code_of('district', 'accepted_known.org_code') }} as district_code,
    case when located.queued_at is not null and located.called_at is not null then located.called_at <= located.queued_at + interval '15' minute end as is_called_15min,
    {{ on_time('located.completed_at', 'located.promised_at', 'located.promised_on') }} as is_on_time,
    located._business_date as business_date,
    located._file_name as file_name,
    located._row_number as row_number,
    'service_centre' as platform,
    'service_case' as feed
from located
left join known as accepted_known
    on located.accepted_at_code = accepted_known.org_code
left join known as promised_known
    on located.promised_at_code = promised_known.org_code
left join known as completed_known
    on located.completed_at_code = completed_known.org_code
