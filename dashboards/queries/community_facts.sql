-- What is there in a community on a day: its register entry, and how many grids, areas, buildings, workers, points, teams, care households?
with entry as (
    select community_name, community_type, households, population, area_km2, is_benchmark, secretary_name
    from marts.dim_community
    where community_code = $org and valid_from <= cast($day as date) and (valid_to is null or valid_to > cast($day as date))
    limit 1
)

select
    entry.*,
    (
        select count(*) from marts.dim_grid as one
        where one.community_code = $org and one.valid_from <= cast($day as date) and coalesce(one.valid_to > cast($day as date), true)
    ) as grids,
    (
        select count(*) from marts.dim_residential_area as one
        where one.community_code = $org and one.valid_from <= cast($day as date) and coalesce(one.valid_to > cast($day as date), true)
    ) as areas,
    (
        select count(*) from marts.dim_residential_area as one
        where
            one.community_code = $org and one.is_three_no and one.valid_from <= cast($day as date)
            and coalesce(one.valid_to > cast($day as date), true)
    ) as three_no_areas,
    (
        select count(*) from marts.dim_building as one
        where one.community_code = $org and one.valid_from <= cast($day as date) and coalesce(one.valid_to > cast($day as date), true)
    ) as buildings,
    (
        select count(distinct one.worker_id) from marts.dim_worker as one
        where
            one.community_code = $org and one.worker_role in ('full_time_grid_worker', 'part_time_grid_worker')
            and one.open_from_on <= cast($day as date) and coalesce(one.open_to_on > cast($day as date), true)
    ) as workers,
    (
        select count(*) from marts.dim_care_household as one
        where one.community_code = $org and one.valid_from <= cast($day as date) and coalesce(one.valid_to > cast($day as date), true)
    ) as care_households,
    (
        select count(distinct one.point_code) from marts.dim_service_point as one
        where one.community_code = $org and one.open_from_on <= cast($day as date) and coalesce(one.open_to_on > cast($day as date), true)
    ) as points,
    (
        select count(distinct one.team_id) from marts.dim_volunteer_team as one
        where one.community_code = $org and one.open_from_on <= cast($day as date) and coalesce(one.open_to_on > cast($day as date), true)
    ) as teams
from (select 1) as always
left join entry on true
