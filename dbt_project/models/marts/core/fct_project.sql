{{ incremental_fact('fct_project') }}
with

changed as (

    select *
    from {{ ref('stg_property_selfgov__project') }}
    {{ changed_rows_only('fct_project') }}

),

fund_project as (

    select distinct project_id
    from {{ ref('fct_fund_txn') }}
    where is_known_community
        and direction = 'expense'
        and project_id is not null

)

select
    changed.project_id,
    changed.project_name,
    changed.project_type,
    changed.community_code,
    {{ code_of('street', 'changed.community_code') }} as street_code,
    {{ code_of('district', 'changed.community_code') }} as district_code,
    changed.area_code,
    changed.started_on,
    changed.planned_finish_on,
    changed.finished_on,
    changed.budget_yuan,
    changed.spent_yuan,
    changed.resident_participations,
    changed.status,
    changed.updated_at,
    {{ on_time('changed.finished_on', 'changed.planned_finish_on', 'changed.planned_finish_on') }} as is_finished_on_time,
    changed.spent_yuan * 100 >= changed.budget_yuan * 90 and changed.spent_yuan * 100 <= changed.budget_yuan * 105 as is_on_budget,
    fund_project.project_id is not null as has_fund_expense,
    coalesce(area.management in ('self_managed', 'none'), false) as is_in_selfgoverned_area,
    known.org_code is not null as is_known_community,
    changed._business_date as business_date,
    changed._file_name as file_name,
    changed._row_number as row_number,
    'property_selfgov' as platform,
    'project' as feed
from changed
left join {{ ref('dim_org') }} as known
    on changed.community_code = known.org_code
    and known.org_level = 'community'
left join fund_project
    on changed.project_id = fund_project.project_id
left join {{ ref('dim_residential_area') }} as area
    on changed.area_code = area.area_code
    and area.is_known_community
    and {{ in_force('area', 'changed.planned_finish_on') }}
