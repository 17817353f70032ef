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

),

-- Of a year whose notice is not in the seed, nothing is known.
noticed as (

    select distinct cast(extract(year from from_on) as bigint) as year_number
    from {{ ref('public_holiday') }}

),

announced as (

    select
        spine.date_day,
        max(case when public_holiday.kind = 'holiday' then public_holiday.zh end) as holiday_zh,
        max(case when public_holiday.kind = 'holiday' then public_holiday.en end) as holiday_en,
        max(case when public_holiday.kind = 'workday' then 1 else 0 end) = 1 as is_makeup_workday
    from spine
    inner join noticed
        on extract(year from spine.date_day) = noticed.year_number
    left join {{ ref('public_holiday') }} as public_holiday
        on spine.date_day >= public_holiday.from_on
        and spine.date_day <= public_holiday.to_on
    group by spine.date_day

)

select
    weekday.date_day,
    cast(extract(year from weekday.date_day) as bigint) as year_number,
    cast(extract(quarter from weekday.date_day) as bigint) as quarter_number,
    cast(extract(month from weekday.date_day) as bigint) as month_number,
    cast(extract(week from weekday.date_day) as bigint) as iso_week_number,
    cast(weekday.iso_weekday as bigint) as iso_weekday,
    cast({{ dbt.date_trunc('month', 'weekday.date_day') }} as date) as month_start,
    {{ days_later('1 - weekday.iso_weekday', 'weekday.date_day') }} as week_start,
    weekday.iso_weekday >= 6 as is_weekend,
    announced.holiday_zh,
    announced.holiday_en,
    case when announced.date_day is not null then announced.holiday_zh is not null end as is_holiday,
    announced.is_makeup_workday,
    case
        when announced.date_day is not null
            then announced.holiday_zh is null and (weekday.iso_weekday <= 5 or announced.is_makeup_workday)
    end as is_workday
from weekday
left join announced
    on weekday.date_day = announced.date_day
order by weekday.date_day
