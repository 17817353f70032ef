{#-
What follows from the registry (`vars: kpis:` and `vars: facts:` in dbt_project.yml). A measure is one numerator or
denominator: which rows of which fact it counts or sums, and to which day they belong.

    day: due_on                     the rows of that day                          (a flow)
    day: closed_on, plus_days: 30   the rows of 30 days before
    day: reported_on, window: 30    the rows of the 30 days that end on the day   (a window)
    span: [from_on, to_on]          the rows with from_on <= day, to_on empty or later  (a stock)
    where: a condition on the row; null is false       sum: a column, instead of counting rows
-#}

{#- An entry says what it may say and nothing else: an unquoted comma in a flow mapping would otherwise cut a sentence short. -#}
{% macro check_entry(kpi_id, kpi) -%}
{%- set known = {
    'entry': ['zh', 'en', 'pillar', 'kind', 'window_days', 'unit', 'direction', 'points', 'weight', 'headline', 'owner', 'version',
              'day', 'den', 'num', 'caveats'],
    'measure': ['zh', 'en', 'fact', 'day', 'plus_days', 'window', 'span', 'where', 'sum', 'scale'],
    'words': ['zh', 'en'],
} -%}
{%- for part, keys, kind in [
    ('entry', kpi, 'entry'), ('num', kpi.num, 'measure'), ('den', kpi.den, 'measure'),
    ('day', kpi.day, 'words'), ('caveats', kpi.caveats, 'words'),
] if keys -%}
{%- for key in keys if key not in known[kind] -%}
{{ exceptions.raise_compiler_error("Registry: '" ~ key ~ "' has no meaning in " ~ part ~ " of " ~ kpi_id) }}
{%- endfor -%}
{%- endfor -%}
{%- for measure in [kpi.num, kpi.den] if measure and measure.fact not in var('facts') -%}
{{ exceptions.raise_compiler_error("Registry: " ~ kpi_id ~ " names a fact that is not under vars.facts: " ~ measure.fact) }}
{%- endfor -%}
{%- endmacro %}


{% macro kpi_measures() -%}
{%- set measures = [] -%}
{%- for kpi_id, kpi in var('kpis').items() -%}
{%- do check_entry(kpi_id, kpi) -%}
{%- for side in ['num', 'den'] if kpi[side] -%}
{%- set measure = kpi[side] -%}
{%- set fact = var('facts')[measure.fact] -%}
{%- do measures.append({
    'kpi_id': kpi_id,
    'side': side,
    'has_denominator': kpi.den is defined,
    'fact': measure.fact,
    'key': fact.key,
    'org': fact.org,
    'day': measure.day,
    'plus_days': measure.plus_days or 0,
    'window': measure.window or 1,
    'span': measure.span,
    'conditions': [fact.where, measure.where] | select | list,
    'amount': measure.sum or '1',
}) -%}
{%- endfor -%}
{%- endfor -%}
{{ return(measures) }}
{%- endmacro %}


{% macro days_later(days, date) -%}
cast({{ dbt.dateadd('day', days, date) }} as date)
{%- endmacro %}


{#- The days on which a row counts, as a half-open span: (first day, day after the last or null). -#}
{% macro measure_span(measure) -%}
{%- if measure.span -%}
{{ return((measure.span[0], measure.span[1])) }}
{%- else -%}
{{ return((days_later(measure.plus_days, measure.day), days_later(measure.plus_days + measure.window, measure.day))) }}
{%- endif -%}
{%- endmacro %}


{#- The rows of one measure, summed by org and every day that is to be counted. -#}
{% macro count_measure(measure) -%}
{%- set org = measure.org or 'district.org_code' -%}
{%- set facts = ref(measure.fact) ~ ('' if measure.org else ' cross join district') -%}
{%- if measure.span -%}
    select
        stale_day.kpi_date,
        {{ org }} as org_code,
        sum({{ measure.amount }}) as amount
    from {{ facts }}
    inner join stale_day
        on {{ measure.span[0] }} <= stale_day.kpi_date
        and coalesce({{ measure.span[1] }}, date '9999-12-31') > stale_day.kpi_date
    where {{ (['true'] + measure.conditions) | join(' and ') }}
    group by stale_day.kpi_date, {{ org }}
{%- elif measure.window > 1 -%}
    select
        stale_day.kpi_date,
        day_total.org_code,
        sum(day_total.amount) as amount
    from (
        select
            {{ measure.day }} as counted_on,
            {{ org }} as org_code,
            sum({{ measure.amount }}) as amount
        from {{ facts }}
        where {{ measure.day }} > (select {{ days_later(-measure.window, 'min(kpi_date)') }} from stale_day)
            and {{ measure.day }} <= (select max(kpi_date) from stale_day)
            {%- for condition in measure.conditions %}
            and {{ condition }}
            {%- endfor %}
        group by {{ measure.day }}, {{ org }}
    ) as day_total
    inner join stale_day
        on day_total.counted_on <= stale_day.kpi_date
        and day_total.counted_on > {{ days_later(-measure.window, 'stale_day.kpi_date') }}
    group by stale_day.kpi_date, day_total.org_code
{%- else -%}
    select
        {{ days_later(measure.plus_days, measure.day) if measure.plus_days else measure.day }} as kpi_date,
        {{ org }} as org_code,
        sum({{ measure.amount }}) as amount
    from {{ facts }}
    where {{ measure.day }} in (select {{ days_later(-measure.plus_days, 'kpi_date') if measure.plus_days else 'kpi_date' }} from stale_day)
        {%- for condition in measure.conditions %}
        and {{ condition }}
        {%- endfor %}
    group by {{ measure.day }}, {{ org }}
{%- endif -%}
{%- endmacro %}


{#- Words and numbers of the registry as typed literals; what an entry leaves out is null. -#}
{% macro sql_text(value) -%}
cast({{ dbt.string_literal(dbt.escape_single_quotes(value)) if value else 'null' }} as {{ dbt.type_string() }})
{%- endmacro %}


{% macro sql_number(value) -%}
cast({{ 'null' if value is none or value is undefined else value }} as double)
{%- endmacro %}
