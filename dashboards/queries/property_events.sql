-- Do managed grids have fewer property events than unmanaged ones? A grid belongs to the management of most of its buildings'
-- households; events are countable ones of a period, with their on-time share by the day of the limit. The households of buildings
-- with one to four are hidden, so these buildings have no weight.
with building as (
    select building.grid_code, area.management, sum(building.households) as households
    from marts.dim_building as building
    inner join marts.dim_residential_area as area on building.area_code = area.area_code and area.valid_to is null
    where building.valid_to is null and building.is_known_community and starts_with(building.community_code, $area)
    group by building.grid_code, area.management
),

grid as (
    select
        building.grid_code, arg_max(building.management, (building.households, building.management)) as management,
        any_value(registered.households) as households
    from building
    inner join marts.dim_grid as registered on building.grid_code = registered.grid_code and registered.valid_to is null
    group by building.grid_code
),

event as (
    select
        grid_code,
        count(*) filter (where reported_on between cast($first as date) and cast($last as date)) as events,
        count(*) filter (where category = 'property' and reported_on between cast($first as date) and cast($last as date)) as property_events,
        count(*) filter (where category = 'property' and due_on between cast($first as date) and cast($last as date)) as due,
        count(*) filter (where category = 'property' and is_on_time and due_on between cast($first as date) and cast($last as date)) as on_time,
        count(*) filter (where category = 'property' and is_repeat and reported_on between cast($first as date) and cast($last as date)) as repeated
    from marts.fct_event
    where is_countable and is_known_community and grid_code is not null
    group by grid_code
)

select
    grid.management, count(*) as grids, sum(grid.households) as households,
    coalesce(sum(event.events), 0) as events, coalesce(sum(event.property_events), 0) as property_events,
    coalesce(sum(event.due), 0) as due, coalesce(sum(event.on_time), 0) as on_time, coalesce(sum(event.repeated), 0) as repeated
from grid
left join event on grid.grid_code = event.grid_code
group by grid.management
order by households desc
