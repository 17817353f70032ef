{#-
Queries that a KPI's rule needs before rows can be counted, and that several models use: the measures on stale days
(models/work), the special marts on their own days, the evidence on any day. Each is a complete query; the caller gives `days`
and the relations that differ.
-#}

{#- Valid visits to care households, with the day on which each expires, for every interval that the register ever had for the household. -#}
{% macro care_visits() -%}
select
    visit.visit_id,
    visit.household_id,
    care_household.visit_every_days,
    visit.started_on as visited_on,
    {{ days_later('care_household.visit_every_days', 'visit.started_on') }} as lapsed_on,
    visit.business_date,
    visit.file_name,
    visit.row_number
from {{ ref('fct_visit') }} as visit
inner join {{ ref('dim_care_household') }} as care_household
    on visit.household_id = care_household.household_id
where visit.is_valid
    and visit.is_known_community
{%- endmacro %}


{#- Days on which a residential area is within 800 m of an open service point with coordinates, without mobile desks. -#}
{% macro areas_near_points() -%}
with

point as (

    select
        point_code,
        open_from_on,
        coalesce(open_to_on, date '9999-12-31') as open_to_on,
        radians(longitude) as longitude,
        radians(latitude) as latitude,
        business_date,
        file_name,
        row_number
    from {{ ref('dim_service_point') }}
    where is_known_community
        and point_type <> 'mobile_desk'
        and longitude is not null
        and latitude is not null

),

area as (

    select
        area_code,
        valid_from,
        coalesce(valid_to, date '9999-12-31') as valid_to,
        radians(longitude) as longitude,
        radians(latitude) as latitude
    from {{ ref('dim_residential_area') }}

),

-- 0.00013 radians are 828 m on a meridian: a greater difference in latitude alone is too far.
pair as (

    select
        area.area_code,
        point.point_code,
        greatest(area.valid_from, point.open_from_on) as from_on,
        least(area.valid_to, point.open_to_on) as to_on,
        power(sin((point.latitude - area.latitude) / 2), 2)
        + cos(area.latitude) * cos(point.latitude) * power(sin((point.longitude - area.longitude) / 2), 2) as haversine,
        point.business_date,
        point.file_name,
        point.row_number
    from area
    inner join point
        on area.valid_from < point.open_to_on
        and area.valid_to > point.open_from_on
        and abs(area.latitude - point.latitude) < 0.00013

)

select
    area_code,
    point_code,
    from_on,
    to_on,
    business_date,
    file_name,
    row_number
from pair
where 2 * 6371008.8 * asin(sqrt(least(haversine, 1))) <= 800
{%- endmacro %}


{#- Every feed on every day: whether all its files came in time, and its rows. -#}
{% macro feeds_expected() -%}
with

expected as (

    select
        dim_date.date_day as business_date,
        feed.platform,
        feed.feed,
        cast(
            concat(cast({{ days_later(1, 'dim_date.date_day') }} as {{ dbt.type_string() }}), ' ', feed.available_at, ':00') as timestamp
        ) as expected_by
    from {{ ref('dim_date') }} as dim_date
    cross join {{ ref('feed') }} as feed
    where coalesce(feed.is_connected, true)

),

accepted as (

    select
        platform,
        feed,
        business_date,
        max(complete_at) as complete_at,
        sum(rows_counted) filter (where state = 'loaded') as rows_counted,
        sum(rows_loaded + rows_duplicate) filter (where state = 'loaded') as rows_accepted,
        max(file_name) filter (where state = 'loaded') as file_name
    from {{ ref('delivery') }}
    where state in ('loaded', 'superseded')
    group by platform, feed, business_date

)

select
    expected.business_date,
    expected.platform,
    expected.feed,
    district.org_code as district_code,
    coalesce(accepted.complete_at <= expected.expected_by, false) as is_on_time,
    accepted.rows_counted,
    accepted.rows_accepted,
    accepted.file_name,
    cast(null as bigint) as row_number
from expected
inner join {{ ref('dim_org') }} as district
    on district.org_level = 'district'
left join accepted
    on expected.platform = accepted.platform
    and expected.feed = accepted.feed
    and expected.business_date = accepted.business_date
{%- endmacro %}


{#-
Every grid worker in post on each of the given days (`days`: a query of kpi_date): visits, valid or not, and hazard inspections
of the 28 days over 1.0 (full-time) or 0.5 (part-time), against the district's median. The median uses window functions, so that
a query for one day counts only that day.
-#}
{% macro worker_loads(days) -%}
with

worker as (

    select
        day.kpi_date,
        worker.worker_id,
        worker.worker_name,
        worker.worker_role,
        worker.grid_code,
        worker.community_code,
        worker.district_code,
        case worker.worker_role when 'full_time_grid_worker' then 1.0 else 0.5 end as full_time_share,
        worker.business_date,
        worker.file_name,
        worker.row_number
    from {{ ref('dim_worker') }} as worker
    inner join ({{ days }}) as day
        on {{ in_force('worker', 'day.kpi_date', 'open_from_on', 'open_to_on') }}
    where worker.is_known_community
        and worker.worker_role in ('full_time_grid_worker', 'part_time_grid_worker')

),

task as (

    select
        worker_id,
        started_on as done_on,
        count(*) as visits,
        0 as inspections
    from {{ ref('fct_visit') }}
    where is_known_community
    group by worker_id, started_on

    union all

    select
        worker_id,
        inspected_on as done_on,
        0 as visits,
        count(*) as inspections
    from {{ ref('fct_hazard_inspection') }}
    where is_known_community
    group by worker_id, inspected_on

),

loaded as (

    select
        worker.kpi_date,
        worker.worker_id,
        worker.worker_name,
        worker.worker_role,
        worker.grid_code,
        worker.community_code,
        worker.district_code,
        worker.full_time_share,
        worker.business_date,
        worker.file_name,
        worker.row_number,
        coalesce(sum(task.visits), 0) as visits,
        coalesce(sum(task.inspections), 0) as inspections,
        coalesce(sum(task.visits + task.inspections), 0) / worker.full_time_share as task_load
    from worker
    left join task
        on worker.worker_id = task.worker_id
        and worker.kpi_date >= task.done_on
        and {{ days_later(-28, 'worker.kpi_date') }} < task.done_on
    group by
        worker.kpi_date,
        worker.worker_id,
        worker.worker_name,
        worker.worker_role,
        worker.grid_code,
        worker.community_code,
        worker.district_code,
        worker.full_time_share,
        worker.business_date,
        worker.file_name,
        worker.row_number

),

ranked as (

    select
        *,
        row_number() over (partition by kpi_date, district_code order by task_load, worker_id) as nth,
        count(*) over (partition by kpi_date, district_code) as workers
    from loaded

),

median as (

    select
        *,
        cast(
            avg(case when 2 * nth in (workers, workers + 1, workers + 2) then cast(task_load as decimal(18, 6)) end) over (
                partition by kpi_date, district_code
            ) as double
        ) as median_load
    from ranked

)

select
    kpi_date,
    worker_id,
    worker_name,
    worker_role,
    grid_code,
    community_code,
    district_code,
    cast(full_time_share as double) as full_time_share,
    cast(visits as bigint) as visits,
    cast(inspections as bigint) as inspections,
    cast(visits + inspections as bigint) as tasks,
    cast(task_load as double) as task_load,
    median_load,
    task_load > 1.5 * median_load as is_overloaded,
    business_date,
    file_name,
    row_number
from median
{%- endmacro %}


{#- The same on every day that has data. -#}
{% macro worker_loads_of_every_day() -%}
{{ worker_loads('select date_day as kpi_date from ' ~ ref('dim_date')) }}
{%- endmacro %}


{#-
The overloaded ones of every day, with their line in the register. They are stored, because a reader of a publication cannot count them:
its visits have no worker.
-#}
{% macro overloaded_workers() -%}
select
    overloaded.kpi_date,
    overloaded.worker_id,
    overloaded.community_code,
    true as is_overloaded,
    worker.business_date,
    worker.file_name,
    worker.row_number
from {{ ref('overloaded_worker') }} as overloaded
inner join {{ ref('dim_worker') }} as worker
    on overloaded.worker_id = worker.worker_id
    and {{ in_force('worker', 'overloaded.kpi_date', 'open_from_on', 'open_to_on') }}
{%- endmacro %}
