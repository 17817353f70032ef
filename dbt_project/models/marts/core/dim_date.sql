with

loaded as (

    select
        min(business_date) as first_day,
        max(business_date) as last_day
    from {{ source('ledger', 'delivery') }}
    where state = 'loaded'

),

digit as (

    {% for n in range(10) %}
    select {{ n }} as n
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

-- 100,000 days are 273 years; counting by digits needs no engine-specific function.
ordinal as (

    select ones.n + 10 * tens.n + 100 * hundreds.n + 1000 * thousands.n + 10000 * ten_thousands.n as n
    from digit as ones
    cross join digit as tens
    cross join digit as hundreds
    cross join digit as thousands
    cross join digit as ten_thousands

),

spine as (

    select cast({{ dbt.dateadd('day', 'ordinal.n', 'loaded.first_day') }} as date) as date_day
    from loaded
    inner join ordinal
        on ordinal.n <= {{ dbt.datediff('loaded.first_day', 'loaded.last_day', 'day') }}

),

weekday as (

    -- 1900-01-01 was a Monday; engines differ in the first day of the week.
    select
        date_day,
        {{ dbt.datediff("cast('1900-01-01' as date)", 'date_day', 'day') }} % 7 + 1 as iso_weekday
    from spine

)

select
    date_day,
    cast(extract(year from date_day) as bigint) as year_number,
    cast(extract(quarter from date_day) as bigint) as quarter_number,
    cast(extract(month from date_day) as bigint) as month_number,
    cast(extract(week from date_day) as bigint) as iso_week_number,
    cast(iso_weekday as bigint) as iso_weekday,
    cast({{ dbt.date_trunc('month', 'date_day') }} as date) as month_start,
    {{ days_later('1 - iso_weekday', 'date_day') }} as week_start,
    iso_weekday >= 6 as is_weekend
from weekday
order by date_day
