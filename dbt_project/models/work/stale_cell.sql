{{ config(materialized='table') }}
{#- The work lists of the build are complete after every fact and register is built. #}
{%- for name, fact in registered_facts().items() if fact.key %}
-- depends_on: {{ ref(name) }}
{%- endfor %}
-- Depends not only on the sources: it also reads the work lists of the build (macros/build_control.sql).
with

kpi as (

    select
        listed.kpi_id,
        listed.is_of_the_ledger
    from (
        values
        {%- for kpi_id, kpi in registered_kpis().items() %}
        ('{{ kpi_id }}', {{ 'true' if 'feed_day' in facts_of(kpi) else 'false' }}){{ ',' if not loop.last }}
        {%- endfor %}
    ) as listed (kpi_id, is_of_the_ledger)

)

select
    kpi.kpi_id,
    dim_date.date_day as kpi_date
from {{ ref('dim_date') }} as dim_date
cross join kpi
left join work.touched_cell as touched_cell
    on kpi.kpi_id = touched_cell.kpi_id
    and dim_date.date_day = touched_cell.kpi_date
where touched_cell.kpi_id is not null
    or (kpi.is_of_the_ledger and dim_date.date_day in (select change.business_date from {{ source('ledger', 'change') }} as change))
    or dim_date.date_day not in (select counted_day.kpi_date from work.counted_day as counted_day)
    or exists (select 1 from work.rebuild)
    or 'kpi_daily' in (select stale_model.model from work.stale_model as stale_model)
