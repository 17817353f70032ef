with

-- The rows behind the findings, with the days on which they show the pattern: a moved limit from the missed one to the new one.
-- No KPI may stand on one of these facts; it is not used then.
shown_event as ( -- noqa: ST03

    select
        sentinel.pattern,
        sentinel.org_level,
        sentinel.org_code,
        case when sentinel.pattern = 'moved_limits' then cast(event.original_due_at as date) else event.closed_on end as shown_from_on,
        case when sentinel.pattern = 'moved_limits' then event.due_on else event.closed_on end as shown_to_on,
        event.*
    from {{ ref('sentinel_row') }} as sentinel_row
    inner join {{ ref('sentinel') }} as sentinel
        on sentinel_row.finding_id = sentinel.finding_id
    inner join {{ ref('fct_event') }} as event
        on sentinel_row.fact_key = event.event_id
    where sentinel_row.fact = 'fct_event'

),

shown_visit as ( -- noqa: ST03

    select
        sentinel.pattern,
        sentinel.org_level,
        sentinel.org_code,
        visit.started_on as shown_from_on,
        visit.started_on as shown_to_on,
        visit.*
    from {{ ref('sentinel_row') }} as sentinel_row
    inner join {{ ref('sentinel') }} as sentinel
        on sentinel_row.finding_id = sentinel.finding_id
    inner join {{ ref('fct_visit') }} as visit
        on sentinel_row.fact_key = visit.visit_id
    where sentinel_row.fact = 'fct_visit'

),

shown_service_log as ( -- noqa: ST03

    select
        sentinel.pattern,
        sentinel.org_level,
        sentinel.org_code,
        service_log.checked_in_on as shown_from_on,
        service_log.checked_in_on as shown_to_on,
        service_log.*
    from {{ ref('sentinel_row') }} as sentinel_row
    inner join {{ ref('sentinel') }} as sentinel
        on sentinel_row.finding_id = sentinel.finding_id
    inner join {{ ref('fct_service_log') }} as service_log
        on sentinel_row.fact_key = service_log.log_id
    where sentinel_row.fact = 'fct_service_log'

),

-- The days in doubt, the first and the last included.
touched as (

    {%- for use in doubtful_uses() %}
    select
        '{{ use.kpi_id }}' as kpi_id,
        pattern,
        org_level,
        org_code,
        {{ days_later(use.days_later, 'shown_from_on') if use.days_later else 'shown_from_on' }} as from_on,
        {{ days_later(use.days_later + use.days - 1, 'shown_to_on') }} as to_on
    from {{ use.fact | replace('fct_', 'shown_') }}
    where pattern = '{{ use.pattern }}'
        {%- if use.where %}
        and ({{ use.where }})
        {%- endif %}
    {{ 'union' if not loop.last }}
    {%- endfor %}

)

select distinct
    touched.kpi_id,
    touched.org_level,
    touched.org_code,
    dim_date.date_day as as_of,
    touched.pattern as sentinel
from touched
inner join {{ ref('dim_date') }} as dim_date
    on touched.from_on <= dim_date.date_day
    and touched.to_on >= dim_date.date_day
