-- What is every grid of an area like on a day: households, workers, visits, care households, events and load?
-- Households visited and care households are those of counted_on, null if they are so few that they are not published; visits are
-- those of the grid's workers in the 28 days of their load.
-- overload: the load of its most loaded worker as a multiple of the district's median. Worst first: nobody in post, overdue, load.
with grid as (
    select grid_code, grid_name, grid_type, households, community_code
    from marts.dim_grid
    where
        starts_with(grid_code, $area) and is_known_community and {in_force}
),

posted as (
    select
        grid_code,
        count(distinct worker_id) filter (where worker_role = 'full_time_grid_worker') as full_time,
        count(distinct worker_id) filter (where worker_role = 'part_time_grid_worker') as part_time
    from marts.dim_worker
    where
        starts_with(grid_code, $area) and {there}
        and {in_force}
    group by grid_code
),

cared as (
    select org_code as grid_code, households, is_hidden
    from marts.care_household_count
    where org_level = 'grid' and starts_with(org_code, $area)
),

happened as (
    select
        grid_code,
        count(*) filter (where reported_on > cast($last as date) - 30) as reported,
        count(*) filter (where closed_on is null or closed_on > cast($last as date)) as open_now,
        count(*) filter (
            where overdue_from_on <= cast($last as date) and (closed_on is null or closed_on > cast($last as date))
        ) as overdue
    from marts.fct_event
    where starts_with(grid_code, $area) and is_countable and reported_on <= cast($last as date)
    group by grid_code
),

loaded as (
    select
        grid_code, sum(visits) as visits, max(task_load) as task_load, any_value(median_load) as median_load,
        max(times_median) as overload, bool_or(is_overloaded) as is_overloaded
    from marts.worker_load
    where
        starts_with(grid_code, $area)
        and as_of = (select max(newest.as_of) from marts.worker_load as newest where newest.as_of <= cast($last as date))
    group by grid_code
)

select
    grid.*, coalesce(posted.full_time, 0) as full_time, coalesce(posted.part_time, 0) as part_time,
    visited.households_visited, visited.as_of as counted_on, coalesce(loaded.visits, 0) as visits,
    case when cared.is_hidden then null else coalesce(cared.households, 0) end as care_households, coalesce(happened.reported, 0) as reported,
    coalesce(happened.open_now, 0) as open_now, coalesce(happened.overdue, 0) as overdue,
    loaded.task_load, loaded.median_load, loaded.overload, coalesce(loaded.is_overloaded, false) as is_overloaded
from grid
left join posted on grid.grid_code = posted.grid_code
left join marts.grid_household_count as visited on grid.grid_code = visited.grid_code
left join cared on grid.grid_code = cared.grid_code
left join happened on grid.grid_code = happened.grid_code
left join loaded on grid.grid_code = loaded.grid_code
order by
    coalesce(posted.full_time, 0) + coalesce(posted.part_time, 0) = 0 desc, coalesce(happened.overdue, 0) desc,
    loaded.overload desc nulls last, grid.grid_code
