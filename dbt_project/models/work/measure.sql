{{ config(materialized='table') }}
{%- set measures = kpi_measures() -%}
with

stale_day as (

    select kpi_date
    from {{ ref('stale_day') }}

),

district as (

    select org_code
    from {{ ref('dim_org') }}
    where org_level = 'district'

)

{%- for measure in measures %},

{{ measure.kpi_id }}_{{ measure.side }} as (

    {{ count_measure(measure) }}

)
{%- endfor %}

{% for measure in measures %}
select
    '{{ measure.kpi_id }}' as kpi_id,
    kpi_date,
    org_code,
    {{ 'cast(amount as decimal(38, 2))' if measure.side == 'num' else 'cast(null as decimal(38, 2))' }} as numerator,
    {{ 'cast(amount as decimal(38, 2))' if measure.side == 'den' else 'cast(null as decimal(38, 2))' }} as denominator
from {{ measure.kpi_id }}_{{ measure.side }}
{{ 'union all' if not loop.last }}
{%- endfor %}
