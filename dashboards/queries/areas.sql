-- Which residential areas are there on a day, how are they managed, and what do they have: a company with a party organisation, a group
-- of their own, a security upgrade?
with area as (
    select *
    from marts.dim_residential_area
    where
        is_known_community and starts_with(community_code, $area)
        and {in_force}
),

company as (
    select company_code, company_name, has_party_org
    from marts.dim_property_company
    where {in_force}
),

own_group as (
    select
        area_code, bool_or(group_type = 'red_steward_group') as has_stewards, bool_or(group_type = 'residents_team') as has_team,
        bool_or(group_type = 'owners_committee') as has_committee, sum(members) as members
    from marts.dim_selfgov_group
    where
        is_known_community and {in_force}
        and {there}
    group by area_code
),

upgraded as (
    select distinct area_code
    from marts.fct_project
    where is_known_community and project_type = 'security_upgrade' and finished_on <= cast($last as date)
)

select
    area.area_code, area.area_name, area.community_code, area.area_type, area.management, area.is_three_no, area.households, area.buildings,
    company.company_name, coalesce(company.has_party_org, false) as has_party_org,
    coalesce(own_group.has_stewards, false) as has_stewards, coalesce(own_group.has_team, false) as has_team,
    coalesce(own_group.has_committee, false) as has_committee, own_group.members,
    upgraded.area_code is not null as is_upgraded, area.file_name, area.row_number
from area
left join company on area.company_code = company.company_code
left join own_group on area.area_code = own_group.area_code
left join upgraded on area.area_code = upgraded.area_code
order by area.area_code
