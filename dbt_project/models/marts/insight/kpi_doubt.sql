{#- The key of each fact with findings, and the first and last day on which a row of it shows the pattern. -#}
{%- set facts = {
    'fct_event': {
        'key': 'event_id',
        'from': "case when sentinel.pattern = 'moved_limits' then cast(fact.original_due_at as date) else fact.closed_on end",
        'to': "case when sentinel.pattern = 'moved_limits' then fact.due_on else fact.closed_on end",
    },
    'fct_visit': {'key': 'visit_id', 'from': 'fact.started_on', 'to': 'fact.started_on'},
    'fct_service_log': {'key': 'log_id', 'from': 'fact.checked_in_on', 'to': 'fact.checked_in_on'},
} -%}
{%- set uses = doubtful_uses() -%}
with

-- The rows behind the findings, with their days: a moved limit from the missed one to the new one.
{%- for name, days in facts.items() if name in uses | map(attribute='fact') %}
shown_{{ name }} as (

    select
        sentinel.pattern,
        sentinel.org_level,
        sentinel.org_code,
        {{ days.from }} as shown_from_on,
        {{ days.to }} as shown_to_on,
        fact.*
    from {{ ref('sentinel_row') }} as sentinel_row
    inner join {{ ref('sentinel') }} as sentinel
        on sentinel_row.finding_id = sentinel.finding_id
    inner join {{ ref(name) }} as fact
        on sentinel_row.fact_key = fact.{{ days.key }}
    where sentinel_row.fact = '{{ name }}'

),

{% endfor %}
-- The days in doubt, the first and the last included.
touched as (

    {%- for use in uses %}
    select
        '{{ use.kpi_id }}' as kpi_id,
        pattern,
        org_level,
        org_code,
        {{ days_later(use.days_later, 'shown_from_on') if use.days_later else 'shown_from_on' }} as from_on,
        {{ days_later(use.days_later + use.days - 1, 'shown_to_on') }} as to_on
    from shown_{{ use.fact }}
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
