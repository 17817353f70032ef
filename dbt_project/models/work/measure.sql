{{ config(materialized='table', meta={'spark_tasks': 8}) }}
{%- set days = stale_days() -%}
{%- set measures = [] -%}
{%- for measure in kpi_measures() if days is none or measure.kpi_id in days -%}
{%- do measures.append(dict(measure, days=stale_days_asked(measure.kpi_id) if days is none else days[measure.kpi_id])) -%}
{%- endfor -%}
{%- set pairs = {} -%}
{%- for kpi_id, rows in kpis_of_pairs().items() if days is none or kpi_id in days -%}
{%- do pairs.update({kpi_id: dict(rows, days=stale_days_asked(kpi_id) if days is none else days[kpi_id])}) -%}
{%- endfor -%}
with

stale_cell as (

    select
        kpi_id,
        kpi_date
    from {{ ref('stale_cell') }}

)

{%- for measure in measures %},

{{ measure.kpi_id }}_{{ loop.index }} as (

    {{ count_measure(measure) }}

)
{%- endfor %}

{%- for kpi_id, rows in pairs.items() %},

{{ kpi_id }}_pairs as (

    {{ count_pairs(kpi_id, rows) }}

)
{%- endfor %}

{% if not measures %}
select
    kpi_id,
    cast(null as {{ dbt.type_string() }}) as org_code,
    kpi_date as from_on,
    kpi_date as to_on,
    cast(0 as decimal(38, 6)) as numerator,
    cast(0 as decimal(38, 6)) as denominator,
    0 as row_count,
    0 as n,
    cast(null as decimal(38, 9)) as numerator_squares,
    cast(null as decimal(38, 9)) as products,
    cast(null as decimal(38, 9)) as denominator_squares
from stale_cell
where false
{% endif %}
{%- for measure in measures %}
select
    '{{ measure.kpi_id }}' as kpi_id,
    org_code,
    from_on,
    to_on,
    {{ 'cast(amount as decimal(38, 6))' if measure.side == 'num' else 'cast(0 as decimal(38, 6))' }} as numerator,
    {{ 'cast(amount as decimal(38, 6))' if measure.side == 'den' else 'cast(0 as decimal(38, 6))' }} as denominator,
    row_count,
    {{ 'row_count' if measure.side == 'den' else '0' }} as n,
    cast(null as decimal(38, 9)) as numerator_squares,
    cast(null as decimal(38, 9)) as products,
    cast(null as decimal(38, 9)) as denominator_squares
from {{ measure.kpi_id }}_{{ loop.index }}
{{ 'union all' if not loop.last }}
{%- endfor %}
{%- for kpi_id in pairs %}
union all

select
    '{{ kpi_id }}' as kpi_id,
    org_code,
    from_on,
    to_on,
    cast(0 as decimal(38, 6)) as numerator,
    cast(0 as decimal(38, 6)) as denominator,
    0 as row_count,
    0 as n,
    numerator_squares,
    products,
    denominator_squares
from {{ kpi_id }}_pairs
{%- endfor %}
