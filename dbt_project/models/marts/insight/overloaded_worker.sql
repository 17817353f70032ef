{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ forget_stale_loads() }}"
) }}
{#- The loads of all days if the table is built as a whole, else those of the days on which the KPI is counted again. -#}
-- depends_on: {{ ref('worker_load') }}
select
    worker_load.kpi_date,
    worker_load.worker_id,
    worker_load.community_code,
    {{ code_of('street', 'worker_load.community_code') }} as street_code,
    {{ code_of('district', 'worker_load.community_code') }} as district_code
from {{ ref('worker_load') if is_incremental() else '(' ~ worker_loads_of_every_day() ~ ')' }} as worker_load
where worker_load.is_overloaded
