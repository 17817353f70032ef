-- The district's headline totals of the newest day, counted again from the newest snapshots as delivered.
with

newest as (

    select
        platform,
        feed,
        max(business_date) as business_date
    from {{ source('ledger', 'delivery') }}
    where state = 'loaded'
    group by platform, feed

),

newest_day as (

    select max(date_day) as date_day
    from {{ ref('dim_date') }}

),

known as (

    select org_code
    from {{ ref('dim_org') }}
    where org_level = 'community'

),

counted as (

    select
        case point.point_type when 'centre' then 'centres_open' else 'stations_open' end as kpi_id,
        point.community_code
    from {{ ref('stg_service_centre__service_point') }} as point
    inner join newest
        on point._business_date = newest.business_date
        and newest.platform = 'service_centre'
        and newest.feed = 'service_point'
    cross join newest_day
    where point.point_type in ('centre', 'station')
        and point.opened_on <= newest_day.date_day
        and coalesce(point.closed_on > newest_day.date_day, true)

    union all

    select
        'grid_workers' as kpi_id,
        worker.community_code
    from {{ ref('stg_smart_community__grid_worker') }} as worker
    inner join newest
        on worker._business_date = newest.business_date
        and newest.platform = 'smart_community'
        and newest.feed = 'grid_worker'
    cross join newest_day
    where worker.worker_role in ('full_time_grid_worker', 'part_time_grid_worker')
        and worker.started_on <= newest_day.date_day
        and coalesce(worker.ended_on > newest_day.date_day, true)

    union all

    select
        'volunteer_teams' as kpi_id,
        team.community_code
    from {{ ref('stg_volunteer__volunteer_team') }} as team
    inner join newest
        on team._business_date = newest.business_date
        and newest.platform = 'volunteer'
        and newest.feed = 'volunteer_team'
    cross join newest_day
    where team.founded_on <= newest_day.date_day
        and coalesce(team.disbanded_on > newest_day.date_day, true)

),

expected as (

    select
        counted.kpi_id,
        {{ code_of('district', 'counted.community_code') }} as org_code,
        count(*) as total
    from counted
    inner join known
        on counted.community_code = known.org_code
    group by counted.kpi_id, {{ code_of('district', 'counted.community_code') }}

)

select
    expected.kpi_id,
    expected.org_code,
    expected.total,
    kpi_daily.value
from expected
cross join newest_day
left join {{ ref('kpi_daily') }} as kpi_daily
    on expected.kpi_id = kpi_daily.kpi_id
    and expected.org_code = kpi_daily.org_code
    and newest_day.date_day = kpi_daily.kpi_date
where coalesce(expected.total <> kpi_daily.value, true)
    and expected.kpi_id in ({{ counted_kpis() }})
