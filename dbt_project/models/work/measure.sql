{{ config(materialized='table') }}
{%- set measures = kpi_measures() -%}
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

{% for measure in measures %}
select
    '{{ measure.kpi_id }}' as kpi_id,
    org_code,
    from_on,
    to_on,
    {{ 'cast(amount as decimal(38, 6))' if measure.side == 'num' else 'cast(0 as decimal(38, 6))' }} as numerator,
    {{ 'cast(amount as decimal(38, 6))' if measure.side == 'den' else 'cast(0 as decimal(38, 6))' }} as denominator,
    row_count
from {{ measure.kpi_id }}_{{ loop.index }}
{{ 'union all' if not loop.last }}
{%- endfor %}
