{%- set limits = var('insight').sentinel -%}
{%- set look_at = {
    'instant_close': '结案过程：处置后补录，还是当场即办 · How these events were closed: settled on the spot, or entered after the work',
    'bulk_visits': '录入时间：当场录入，还是走访后集中补录 · When these visits were entered: on the spot, or all at once afterwards',
    'early_hours': '时长依据：计划时长，还是实际时长 · What these hours are: planned ones, or those that were served',
    'moved_limits': '延期审批：超期前批准、事后登记，还是超期后批准 · When these extensions were approved: in time and entered later, or after the limit',
    'month_end': '月末走访：集中行动，还是集中补录 · What these visits are: a campaign, or the month entered at its end',
} -%}
with

span as (

    select
        greatest({{ month_start(dbt.dateadd('month', 1 - limits.months, 'max(date_day)')) }}, min(date_day)) as first_day,
        max(date_day) as last_day
    from {{ ref('dim_date') }}

),

suspect as (

    select distinct
        org_code,
        subject,
        period_start
    from {{ ref('sentinel_case') }}
    where pattern = 'bulk_visits'

),

-- The examined rows. The expected value is that of the whole district; for visits, the same number on every day.
looked_at as (

    select
        'instant_close' as pattern,
        event.community_code as org_code,
        cast(null as {{ dbt.type_string() }}) as subject,
        {{ month_start('event.closed_on') }} as period_start,
        count(*) as n
    from {{ ref('fct_event') }} as event
    inner join span
        on event.closed_on between span.first_day and span.last_day
    where event.is_countable
        and event.is_known_community
    group by event.community_code, {{ month_start('event.closed_on') }}

    union all

    select
        'bulk_visits' as pattern,
        visit.community_code as org_code,
        visit.worker_id as subject,
        visit.started_on as period_start,
        count(*) as n
    from {{ ref('fct_visit') }} as visit
    inner join suspect
        on visit.community_code = suspect.org_code
        and visit.worker_id = suspect.subject
        and visit.started_on = suspect.period_start
    where visit.is_known_community
    group by visit.community_code, visit.worker_id, visit.started_on

    union all

    select
        'early_hours' as pattern,
        service_log.community_code as org_code,
        null as subject,
        {{ month_start('service_log.checked_in_on') }} as period_start,
        count(*) as n
    from {{ ref('fct_service_log') }} as service_log
    inner join span
        on service_log.checked_in_on between span.first_day and span.last_day
    where service_log.is_known_community
        and service_log.checked_out_at is not null
    group by service_log.community_code, {{ month_start('service_log.checked_in_on') }}

    union all

    select
        'moved_limits' as pattern,
        event.community_code as org_code,
        null as subject,
        {{ month_start('cast(event.original_due_at as date)') }} as period_start,
        count(*) as n
    from {{ ref('fct_event') }} as event
    inner join span
        on cast(event.original_due_at as date) between span.first_day and span.last_day
    where event.is_countable
        and event.is_known_community
    group by event.community_code, {{ month_start('cast(event.original_due_at as date)') }}

    union all

    select
        'month_end' as pattern,
        visit.street_code as org_code,
        null as subject,
        {{ month_start('visit.started_on') }} as period_start,
        count(*) as n
    from {{ ref('fct_visit') }} as visit
    inner join span
        on visit.started_on between span.first_day and span.last_day
    where visit.is_known_community
    group by visit.street_code, {{ month_start('visit.started_on') }}

),

shown as (

    select
        pattern,
        org_code,
        subject,
        period_start,
        count(distinct fact_key) as found
    from {{ ref('sentinel_case') }}
    group by pattern, org_code, subject, period_start

),

month as (

    select
        month_start,
        count(*) as days
    from {{ ref('dim_date') }}
    group by month_start

),

compared as (

    select
        looked_at.pattern,
        looked_at.org_code,
        looked_at.subject,
        looked_at.period_start,
        looked_at.n,
        coalesce(shown.found, 0) as found,
        sum(coalesce(shown.found, 0)) over same as found_in_district,
        sum(looked_at.n) over same as n_in_district,
        month.days
    from looked_at
    left join shown
        on looked_at.pattern = shown.pattern
        and looked_at.org_code = shown.org_code
        and coalesce(looked_at.subject, '') = coalesce(shown.subject, '')
        and looked_at.period_start = shown.period_start
    left join month
        on looked_at.period_start = month.month_start
    window same as (partition by looked_at.pattern, {{ code_of('district', 'looked_at.org_code') }}, looked_at.period_start)

)

select
    {{ dbt.hash("concat_ws('|', compared.pattern, compared.org_code, compared.subject, compared.period_start)") }} as finding_id,
    compared.pattern,
    dim_org.org_level,
    compared.org_code,
    compared.subject,
    compared.period_start,
    case
        when compared.pattern = 'bulk_visits' then compared.period_start
        else {{ days_later(-1, dbt.dateadd('month', 1, 'compared.period_start')) }}
    end as period_end,
    cast(compared.n as bigint) as n,
    cast(compared.found as bigint) as found,
    case when compared.pattern = 'bulk_visits' then 'visits_in_a_minute' else 'percent' end as unit,
    case
        when compared.pattern = 'bulk_visits' then cast(compared.found as double)
        else 100 * cast(compared.found as double) / compared.n
    end as observed,
    case compared.pattern
        when 'bulk_visits' then 1
        when 'month_end' then cast(100 as double) / compared.days
        else 100 * cast(compared.found_in_district as double) / compared.n_in_district
    end as expected,
    case compared.pattern
        {%- for pattern, words in look_at.items() %}
        when '{{ pattern }}' then '{{ words }}'
        {%- endfor %}
    end as look_at
from compared
inner join {{ ref('dim_org') }} as dim_org
    on compared.org_code = dim_org.org_code
where (
    compared.pattern = 'instant_close'
    and compared.n >= {{ limits.instant_close.closed }}
    and 100 * compared.found >= {{ limits.instant_close.percent }} * compared.n
)
or (compared.pattern = 'bulk_visits' and compared.found >= {{ limits.bulk_visits.visits }})
or (
    compared.pattern = 'early_hours'
    and compared.found >= {{ limits.early_hours.logs }}
    and 100 * compared.found >= {{ limits.early_hours.percent }} * compared.n
)
or (
    compared.pattern = 'moved_limits'
    and compared.found >= {{ limits.moved_limits.events }}
    and 100 * compared.found >= {{ limits.moved_limits.percent }} * compared.n
)
or (
    compared.pattern = 'month_end'
    and compared.n >= {{ limits.month_end.visits }}
    and compared.found * compared.days >= {{ limits.month_end.times_expected }} * compared.n
)
