with

written as (

    select
        from_on,
        to_on,
        zh,
        en,
        nullif(kpi_id, '') as kpi_id,
        cast(null as {{ dbt.type_string() }}) as feed,
        source
    from {{ ref('calendar') }}

),

contracted as (

    select
        applies_from as from_on,
        cast(null as date) as to_on,
        concat('契约 ', version) as zh,
        concat('Contract ', version) as en,
        cast(null as {{ dbt.type_string() }}) as kpi_id,
        feed,
        feed as source
    from {{ ref('contract_version') }}

)

select *
from written

union all

select *
from contracted
order by from_on, zh, feed
