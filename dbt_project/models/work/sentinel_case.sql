{{ config(materialized='table') }}
{#- A row shows a pattern; marts.sentinel decides whether there are enough rows to show it to readers. -#}
{%- set limits = var('insight').sentinel -%}
with

span as (

    select
        greatest({{ month_start(dbt.dateadd('month', 1 - limits.months, 'max(date_day)')) }}, min(date_day)) as first_day,
        max(date_day) as last_day
    from {{ ref('dim_date') }}

),

-- A visit begins a burst if the visit that completes the minimum number begins within the limit of seconds.
visit as (

    select
        visit.*,
        lead(visit.started_at, {{ limits.bulk_visits.visits - 1 }}) over (
            partition by visit.worker_id, visit.community_code
            order by visit.started_at, visit.visit_id
        ) < visit.started_at + interval '{{ limits.bulk_visits.seconds }}' second as begins_burst
    from {{ ref('fct_visit') }} as visit
    inner join span
        on visit.started_on between span.first_day and span.last_day
    where visit.is_known_community

),

burst as (

    select
        *,
        max(case when begins_burst then started_at end) over (
            partition by worker_id, community_code
            order by started_at
            range between unbounded preceding and current row
        ) as burst_began_at
    from visit

),

-- An event's limit before each of its deliveries. The first version does not show when its limit was moved,
-- unless a movement shows it.
limit_version as (

    select
        delivered.event_id,
        delivered.due_at,
        delivered.updated_at,
        coalesce(lag(delivered.due_at) over deliveries, delivered.original_due_at) as due_before,
        lag(delivered.updated_at) over deliveries as updated_before,
        event.community_code,
        delivered.original_due_at,
        delivered._business_date as business_date,
        delivered._file_name as file_name,
        delivered._row_number as row_number
    from {{ source('command_centre', 'event') }} as delivered
    inner join {{ ref('fct_event') }} as event
        on delivered.event_id = event.event_id
        and event.due_at > event.original_due_at
        and event.is_countable
        and event.is_known_community
    inner join span
        on cast(event.original_due_at as date) between span.first_day and span.last_day
    window deliveries as (
        partition by delivered.event_id
        order by delivered.updated_at, delivered._business_date, delivered._row_number
    )

),

-- Of several extensions between two deliveries the first one counts: the later ones may build on it.
limit_move as (

    select
        limit_version.event_id,
        limit_version.community_code,
        limit_version.original_due_at,
        limit_version.due_before,
        limit_version.updated_at,
        limit_version.updated_before,
        limit_version.business_date,
        limit_version.file_name,
        limit_version.row_number,
        min(flow.acted_at) as extended_at
    from limit_version
    left join {{ ref('fct_event_flow') }} as flow
        on limit_version.event_id = flow.event_id
        and flow.action = 'extend'
        and limit_version.updated_at >= flow.acted_at
        and coalesce(limit_version.updated_before, timestamp '1900-01-01 00:00:00') < flow.acted_at
    where limit_version.due_at > limit_version.due_before
    group by
        limit_version.event_id,
        limit_version.community_code,
        limit_version.original_due_at,
        limit_version.due_before,
        limit_version.updated_at,
        limit_version.updated_before,
        limit_version.business_date,
        limit_version.file_name,
        limit_version.row_number

)

select
    'instant_close' as pattern,
    event.community_code as org_code,
    cast(null as {{ dbt.type_string() }}) as subject,
    {{ month_start('event.closed_on') }} as period_start,
    {{ line_of('fct_event', 'event') }}
from {{ ref('fct_event') }} as event
inner join span
    on event.closed_on between span.first_day and span.last_day
where event.is_countable
    and event.is_known_community
    and event.is_closed_10min

union all

select
    'bulk_visits' as pattern,
    burst.community_code as org_code,
    burst.worker_id as subject,
    burst.started_on as period_start,
    {{ line_of('fct_visit', 'burst') }}
from burst
where burst.started_at < burst.burst_began_at + interval '{{ limits.bulk_visits.seconds }}' second

union all

select
    'early_hours' as pattern,
    service_log.community_code as org_code,
    null as subject,
    {{ month_start('service_log.checked_in_on') }} as period_start,
    {{ line_of('fct_service_log', 'service_log') }}
from {{ ref('fct_service_log') }} as service_log
inner join span
    on service_log.checked_in_on between span.first_day and span.last_day
where service_log.is_known_community
    and service_log.entered_at < service_log.checked_out_at

union all

select
    'moved_limits' as pattern,
    limit_move.community_code as org_code,
    null as subject,
    {{ month_start('cast(limit_move.original_due_at as date)') }} as period_start,
    {{ line_of('fct_event', 'limit_move') }}
from limit_move
where coalesce(
        limit_move.extended_at,
        case when limit_move.updated_before is not null then limit_move.updated_at end
    ) > limit_move.due_before

union all

select
    'month_end' as pattern,
    visit.street_code as org_code,
    null as subject,
    {{ month_start('visit.started_on') }} as period_start,
    {{ line_of('fct_visit', 'visit') }}
from visit
where {{ days_later(1, 'visit.started_on') }} = {{ month_start(days_later(1, 'visit.started_on')) }}
