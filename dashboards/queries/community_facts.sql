-- What is there in a community on a day: its register entry, and how many grids, areas, buildings, workers, points, teams, care households?
with entry as (
    select community_name, community_type, households, population, area_km2, is_benchmark, secretary_name
    from marts.dim_community
    where community_code = $org and {in_force}
    limit 1
)

select
    entry.*,
    (
        select count(*) from marts.dim_grid as one
        where one.community_code = $org and {in_force}
    ) as grids,
    (
        select count(*) from marts.dim_residential_area as one
        where one.community_code = $org and {in_force}
    ) as areas,
    (
        select count(*) from marts.dim_residential_area as one
        where
            one.community_code = $org and one.is_three_no and {in_force}
    ) as three_no_areas,
    (
        select count(*) from marts.dim_building as one
        where one.community_code = $org and {in_force}
    ) as buildings,
    (
        select count(distinct one.worker_id) from marts.dim_worker as one
        where
            one.community_code = $org and one.worker_role in ('full_time_grid_worker', 'part_time_grid_worker')
            and {there}
    ) as workers,
    (
        select count(*) from marts.dim_care_household as one
        where one.community_code = $org and {in_force}
    ) as care_households,
    (
        select count(distinct one.point_code) from marts.dim_service_point as one
        where one.community_code = $org and {there}
    ) as points,
    (
        select count(distinct one.team_id) from marts.dim_volunteer_team as one
        where one.community_code = $org and {there}
    ) as teams
from (select 1) as always
left join entry on true
