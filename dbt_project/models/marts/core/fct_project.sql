{{ incremental_fact('fct_project') }}
with

changed as (

    select *
    from {{ ref('stg_property_selfgov__project') }}
    {{ changed_rows_only('fct_project') }}

),

located as (

    select *
    from changed

),

fund_project as (

    select distinct project_id
    from {{ ref('fct_fund_txn') }}
    where is_known_community
        and direction = 'expense'
        and project_id is not null

)

select
    located.project_id,
    located.project_name,
    located.project_type,
    located.community_code,
    {{ code_of('street', 'located.community_code') }} as street_code,
    {{ code_of('district', 'located.community_code') }} as district_code,
    located.area_code,
    located.started_on,
    located.planned_finish_on,
    located.finished_on,
    located.budget_yuan,
    located.spent_yuan,
    located.resident_participations,
    located.status,
    located.updated_at,
    case when located.planned_finish_on is not null then coalesce(located.finished_on <= located.planned_finish_on, false) end as is_finished_on_time,
    located.spent_yuan * 100 >= located.budget_yuan * 90 and located.spent_yuan * 100 <= located.budget_yuan * 105 as is_on_budget,
    fund_project.project_id is not null as has_fund_expense,
    coalesce(area.management in ('self_managed', 'none'), false) as is_in_selfgoverned_area,
    known.org_code is not null as is_known_community,
    located._business_date as business_date,
    located._file_name as file_name,
    located._row_number as row_number,
    'property_selfgov' as platform,
    'project' as feed
from located
left join {{ ref('dim_org') }} as known
    on located.community_code = known.org_code
    and known.org_level = 'community'
left join fund_project
    on located.project_id = fund_project.project_id
left join {{ ref('dim_residential_area') }} as area
    on located.area_code = area.area_code
    and area.is_known_community
    and located.planned_finish_on >= area.valid_from
    and located.planned_finish_on < coalesce(area.valid_to, date '9999-12-31')
