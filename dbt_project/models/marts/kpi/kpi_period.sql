{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ forget_stale_periods() }}"
) }}
{%- set factors = unit_factors() %}
{%- set limits = unit_limits() %}
{%- set z = 1.6448536269514722 %}
{%- set least_n = 5 %}
{%- set sums = ['numerator', 'denominator', 'n', 'numerator_squares', 'products', 'denominator_squares'] %}
with

delivered as (

    select distinct
        kpi_feed.kpi_id,
        delivery.business_date
    from ({{ kpi_feeds(deciding=true) }}) as kpi_feed
    inner join {{ source('ledger', 'delivery') }} as delivery
        on (kpi_feed.feed = concat(delivery.platform, '.', delivery.feed) or kpi_feed.feed = 'ledger.delivery')
        and delivery.state = 'loaded'

),

-- Without one of its feeds a rate reads as 0 or 100 too.
awaited as (

    select distinct kpi_feed.kpi_id
    from ({{ kpi_feeds() }}) as kpi_feed
    where kpi_feed.feed <> 'ledger.delivery'
        and kpi_feed.feed not in (
            select concat(delivery.platform, '.', delivery.feed)
            from {{ source('ledger', 'delivery') }} as delivery
            where delivery.state = 'loaded'
        )

),

-- A KPI whose feeds never delivered has no gaps either: it has rows only if it counts something literally every day.
kpi as (

    -- Values, not selects: on Spark each of these would be a step of its own wherever this is read.
    select
        registered.*,
        awaited.kpi_id is not null as is_awaited
    from (
        values
        {%- for kpi_id, kpi in registered_kpis().items() %}
        (
            '{{ kpi_id }}',
            '{{ kpi.unit }}',
            '{{ kpi.direction }}',
            {{ 'true' if kpi.kind == 'flow' else 'false' }},
            {{ 'true' if kpi.kind == 'flow' and kpi.unit == 'percent' and kpi.den and counts_rows(kpi) else 'false' }},
            cast({{ sql_number(kpi.window_days) }} as integer),
            {{ 'true' if kpi.den else 'false' }},
            {{ 'true' if kpi.district_only else 'false' }},
            cast({{ factors[kpi.unit] }} as double),
            cast('{{ limits.get(kpi.unit, 'infinity') }}' as double)
        ){{ ',' if not loop.last }}
        {%- endfor %}
    ) as registered (
        kpi_id, unit, direction, is_flow, is_share_of_rows, window_days, has_denominator, is_district_only, factor, most
    )
    left join awaited
        on registered.kpi_id = awaited.kpi_id
    where registered.kpi_id in (
            select delivered.kpi_id from delivered
            union
            select kpi_daily.kpi_id from {{ ref('kpi_daily') }} as kpi_daily
        )
        and registered.kpi_id not in (select unconnected.kpi_id from work.unconnected_kpi as unconnected)

),

stale as (

    select
        kpi_id,
        as_of,
        is_end
    from {{ ref('stale_period') }}

),

span as (

    select
        kpi_id,
        min(as_of) as first_as_of,
        max(as_of) as last_as_of
    from stale
    group by kpi_id

),

cell as (

    select
        kpi.kpi_id,
        dim_org.org_level,
        dim_org.org_code,
        stale.as_of,
        stale.is_end
    from stale
    inner join kpi
        on stale.kpi_id = kpi.kpi_id
    inner join {{ ref('dim_org') }} as dim_org
        on dim_org.org_level = 'district'
        or not kpi.is_district_only

),

-- Every day in some stale period, or in the same one a year ago, with a row for each organisation, so that 30 rows are 30 days.
-- Decimals: a sum must not depend on the order of its parts.
flow_day as (

    select
        span.kpi_id,
        dim_org.org_level,
        dim_org.org_code,
        dim_date.date_day,
        {%- for column in sums %}
        {{ as_decimal('coalesce(kpi_daily.' ~ column ~ ', 0)', 9) }} as {{ column }},
        {%- endfor %}
        case when kpi_daily.kpi_id is not null then 1 else 0 end as days
    from span
    inner join kpi
        on span.kpi_id = kpi.kpi_id
        and kpi.is_flow
    inner join {{ ref('dim_org') }} as dim_org
        on dim_org.org_level = 'district'
        or not kpi.is_district_only
    inner join {{ ref('dim_date') }} as dim_date
        on ({{ days_later(-60, 'span.first_as_of') }} < dim_date.date_day and span.last_as_of >= dim_date.date_day)
        or (
            {{ days_later(-31, years_later(-1, 'span.first_as_of')) }} < dim_date.date_day
            and {{ years_later(-1, 'span.last_as_of') }} >= dim_date.date_day
        )
    left join {{ ref('kpi_daily') }} as kpi_daily
        on span.kpi_id = kpi_daily.kpi_id
        and dim_org.org_code = kpi_daily.org_code
        and dim_date.date_day = kpi_daily.kpi_date

),

flow_running as (

    select
        kpi_id,
        org_level,
        org_code,
        date_day,
        {%- for column in sums %}
        sum({{ column }}) over up_to_now as {{ column }},
        {%- endfor %}
        sum(days) over up_to_now as days
    from flow_day
    window up_to_now as (
        partition by kpi_id, org_level, org_code
        order by date_day
        rows unbounded preceding
    )

),

flow_period as (

    select
        kpi_id,
        org_level,
        org_code,
        date_day as as_of,
        {%- for column in sums %}
        {{ column }} - coalesce(lag({{ column }}, 30) over by_day, 0) as {{ column }}_now,
        {%- endfor %}
        days - coalesce(lag(days, 30) over by_day, 0) as days_now,
        coalesce(lag(numerator, 30) over by_day, 0) - coalesce(lag(numerator, 60) over by_day, 0) as numerator_before,
        coalesce(lag(denominator, 30) over by_day, 0) - coalesce(lag(denominator, 60) over by_day, 0) as denominator_before,
        coalesce(lag(days, 30) over by_day, 0) - coalesce(lag(days, 60) over by_day, 0) as days_before
    from flow_running
    window by_day as (
        partition by kpi_id, org_level, org_code
        order by date_day
    )

),

-- The few days that stocks are taken on: a join with all of kpi_daily keeps all its rows in memory.
stock_day as (

    select
        kpi_daily.kpi_id,
        kpi_daily.org_code,
        kpi_daily.kpi_date,
        kpi_daily.numerator,
        kpi_daily.denominator
    from {{ ref('kpi_daily') }} as kpi_daily
    inner join span
        on kpi_daily.kpi_id = span.kpi_id
        and (
            kpi_daily.kpi_date between {{ days_later(-30, 'span.first_as_of') }} and span.last_as_of
            or kpi_daily.kpi_date between {{ years_later(-1, 'span.first_as_of') }} and {{ years_later(-1, 'span.last_as_of') }}
        )
    inner join kpi
        on kpi_daily.kpi_id = kpi.kpi_id
        and not kpi.is_flow

),

thirty_days as (

    select
        flow_period.kpi_id,
        flow_period.org_level,
        flow_period.org_code,
        flow_period.as_of,
        {%- for column in sums %}
        case when flow_period.days_now > 0 then {{ as_double('flow_period.' ~ column ~ '_now', 9) }} end as {{ column }},
        {%- endfor %}
        case when flow_period.days_before > 0 then {{ as_double('flow_period.numerator_before', 9) }} end as numerator_before,
        case when flow_period.days_before > 0 then {{ as_double('flow_period.denominator_before', 9) }} end as denominator_before,
        case when year_ago.days_now > 0 then {{ as_double('year_ago.numerator_now', 9) }} end as numerator_year_ago,
        case when year_ago.days_now > 0 then {{ as_double('year_ago.denominator_now', 9) }} end as denominator_year_ago
    from flow_period
    inner join stale
        on flow_period.kpi_id = stale.kpi_id
        and flow_period.as_of = stale.as_of
    left join flow_period as year_ago
        on flow_period.kpi_id = year_ago.kpi_id
        and flow_period.org_code = year_ago.org_code
        and {{ years_later(-1, 'flow_period.as_of') }} = year_ago.as_of

    union all

    select
        cell.kpi_id,
        cell.org_level,
        cell.org_code,
        cell.as_of,
        present.numerator,
        present.denominator,
        {%- for column in sums[2:] %}
        null as {{ column }},
        {%- endfor %}
        past.numerator as numerator_before,
        past.denominator as denominator_before,
        year_ago.numerator as numerator_year_ago,
        year_ago.denominator as denominator_year_ago
    from cell
    inner join kpi
        on cell.kpi_id = kpi.kpi_id
        and not kpi.is_flow
    left join stock_day as present
        on cell.kpi_id = present.kpi_id
        and cell.org_code = present.org_code
        and cell.as_of = present.kpi_date
    left join stock_day as past
        on cell.kpi_id = past.kpi_id
        and cell.org_code = past.org_code
        and {{ days_later(-30, 'cell.as_of') }} = past.kpi_date
    left join stock_day as year_ago
        on cell.kpi_id = year_ago.kpi_id
        and cell.org_code = year_ago.org_code
        and {{ years_later(-1, 'cell.as_of') }} = year_ago.kpi_date

),

year_day as (

    select
        span.kpi_id,
        dim_org.org_code,
        dim_date.date_day,
        {{ as_decimal('coalesce(kpi_daily.numerator, 0)', 9) }} as numerator,
        {{ as_decimal('coalesce(kpi_daily.denominator, 0)', 9) }} as denominator
    from span
    inner join kpi
        on span.kpi_id = kpi.kpi_id
        and kpi.is_share_of_rows
        and not kpi.is_district_only
    inner join {{ ref('dim_org') }} as dim_org
        on dim_org.org_level = 'community'
    inner join {{ ref('dim_date') }} as dim_date
        on {{ days_later(-365, 'span.first_as_of') }} < dim_date.date_day
        and span.last_as_of >= dim_date.date_day
    left join {{ ref('kpi_daily') }} as kpi_daily
        on span.kpi_id = kpi_daily.kpi_id
        and dim_org.org_code = kpi_daily.org_code
        and dim_date.date_day = kpi_daily.kpi_date

),

year_running as (

    select
        kpi_id,
        org_code,
        date_day,
        sum(numerator) over up_to_now as numerator,
        sum(denominator) over up_to_now as denominator
    from year_day
    window up_to_now as (
        partition by kpi_id, org_code
        order by date_day
        rows unbounded preceding
    )

),

year_period as (

    select
        kpi_id,
        org_code,
        date_day as as_of,
        numerator - coalesce(lag(numerator, 365) over by_day, 0) as numerator,
        denominator - coalesce(lag(denominator, 365) over by_day, 0) as denominator
    from year_running
    window by_day as (
        partition by kpi_id, org_code
        order by date_day
    )

),

-- Method of moments: how much communities differ beyond chance over the 365 days to as_of, given as the n at which chance is as
-- large.
year as (

    select
        year_period.kpi_id,
        year_period.as_of,
        {{ code_of('district', 'year_period.org_code') }} as district_code,
        {{ as_double('year_period.numerator', 9) }} as x,
        {{ as_double('year_period.denominator', 9) }} as n
    from year_period
    inner join stale
        on year_period.kpi_id = stale.kpi_id
        and year_period.as_of = stale.as_of
    where year_period.denominator > 0

),

moments as (

    select
        kpi_id,
        as_of,
        district_code,
        count(*) as communities,
        {{ as_double('sum(' ~ as_decimal('x', 9) ~ ')', 9) }} as x,
        {{ as_double('sum(' ~ as_decimal('n', 9) ~ ')', 9) }} as n,
        {{ as_double('sum(' ~ as_decimal('n * n', 6) ~ ')', 6) }} as n_squared,
        {{ as_double('sum(' ~ as_decimal('x * x / n', 9) ~ ')', 9) }} as x_squared_over_n
    from year
    group by kpi_id, as_of, district_code

),

variance as (

    select
        kpi_id,
        as_of,
        district_code,
        x / n * (1 - x / n) as chance,
        case
            when communities > 1 and n > n_squared / n
                then (x_squared_over_n - x * x / n - (communities - 1) * (x / n) * (1 - x / n)) / (n - n_squared / n)
        end as between_communities
    from moments

),

pull as (

    select
        kpi_id,
        as_of,
        district_code,
        case
            when between_communities > 0 and chance > 0
                then least(greatest(chance / between_communities - 1, 5), 500)
            else 500
        end as k
    from variance

),

-- Months, quarters and years to date: on their last days and on the newest day; the newest day, its week and all days: there only.
ending as (

    {%- for period in ['month', 'quarter', 'year'] %}
    select
        kpi_id,
        as_of,
        '{{ period }}' as period,
        true as is_of_months,
        cast({{ dbt.date_trunc(period, 'as_of') }} as date) as from_on,
        cast({{ dbt.date_trunc(period, days_later(-1, 'cast(' ~ dbt.date_trunc(period, 'as_of') ~ ' as date)')) }} as date) as before_from_on,
        {{ days_later(-1, 'cast(' ~ dbt.date_trunc(period, 'as_of') ~ ' as date)') }} as before_to_on,
        {{ years_later(-1, 'cast(' ~ dbt.date_trunc(period, 'as_of') ~ ' as date)') }} as year_ago_from_on
    from stale
    where is_end

    union all
    {%- endfor %}
    {%- for period, days in {'1d': 1, '7d': 7}.items() %}

    select
        kpi_id,
        as_of,
        '{{ period }}' as period,
        false as is_of_months,
        {{ days_later(1 - days, 'as_of') }} as from_on,
        {{ days_later(1 - 2 * days, 'as_of') }} as before_from_on,
        {{ days_later(-days, 'as_of') }} as before_to_on,
        {{ days_later(1 - days, years_later(-1, 'as_of')) }} as year_ago_from_on
    from stale
    where is_end
        and as_of = (select max(dim_date.date_day) from {{ ref('dim_date') }} as dim_date)

    union all
    {%- endfor %}

    select
        kpi_id,
        as_of,
        'all' as period,
        true as is_of_months,
        (select cast({{ dbt.date_trunc('month', 'min(dim_date.date_day)') }} as date) from {{ ref('dim_date') }} as dim_date) as from_on,
        null as before_from_on,
        null as before_to_on,
        null as year_ago_from_on
    from stale
    where is_end
        and as_of = (select max(dim_date.date_day) from {{ ref('dim_date') }} as dim_date)

),

monthly as (

    select
        kpi_daily.kpi_id,
        kpi_daily.org_code,
        {%- for column in sums %}
        sum({{ as_decimal('coalesce(kpi_daily.' ~ column ~ ', 0)', 9) }}) as {{ column }},
        {%- endfor %}
        cast({{ dbt.date_trunc('month', 'kpi_daily.kpi_date') }} as date) as month_start
    from {{ ref('kpi_daily') }} as kpi_daily
    inner join kpi
        on kpi_daily.kpi_id = kpi.kpi_id
        and kpi.is_flow
    where kpi_daily.kpi_date >= (select min(coalesce(ending.before_from_on, ending.from_on)) from ending)
    group by
        kpi_daily.kpi_id,
        kpi_daily.org_code,
        cast({{ dbt.date_trunc('month', 'kpi_daily.kpi_date') }} as date)

),

ended as (

    select
        ending.kpi_id,
        monthly.org_code,
        ending.as_of,
        ending.period,
        {%- for column in sums %}
        sum(case when monthly.month_start >= ending.from_on then monthly.{{ column }} end) as {{ column }},
        {%- endfor %}
        sum(case when monthly.month_start < ending.from_on then monthly.numerator end) as numerator_before,
        sum(case when monthly.month_start < ending.from_on then monthly.denominator end) as denominator_before
    from ending
    inner join monthly
        on ending.kpi_id = monthly.kpi_id
        and monthly.month_start between coalesce(ending.before_from_on, ending.from_on) and ending.as_of
    where ending.is_of_months
    group by ending.kpi_id, monthly.org_code, ending.as_of, ending.period

    union all

    select
        ending.kpi_id,
        kpi_daily.org_code,
        ending.as_of,
        ending.period,
        {%- for column in sums %}
        sum(case when kpi_daily.kpi_date >= ending.from_on then {{ as_decimal('coalesce(kpi_daily.' ~ column ~ ', 0)', 9) }} end) as {{ column }},
        {%- endfor %}
        sum(case when kpi_daily.kpi_date < ending.from_on then {{ as_decimal('kpi_daily.numerator', 9) }} end) as numerator_before,
        sum(case when kpi_daily.kpi_date < ending.from_on then {{ as_decimal('coalesce(kpi_daily.denominator, 0)', 9) }} end) as denominator_before
    from ending
    inner join kpi
        on ending.kpi_id = kpi.kpi_id
        and kpi.is_flow
    inner join {{ ref('kpi_daily') }} as kpi_daily
        on ending.kpi_id = kpi_daily.kpi_id
        and kpi_daily.kpi_date between ending.before_from_on and ending.as_of
    where not ending.is_of_months
    group by ending.kpi_id, kpi_daily.org_code, ending.as_of, ending.period

    union all

    select
        ending.kpi_id,
        kpi_daily.org_code,
        ending.as_of,
        ending.period,
        {%- for column in sums %}
        max(case when kpi_daily.kpi_date = ending.as_of then {{ as_decimal('coalesce(kpi_daily.' ~ column ~ ', 0)', 9) }} end) as {{ column }},
        {%- endfor %}
        max(case when kpi_daily.kpi_date < ending.as_of then {{ as_decimal('kpi_daily.numerator', 9) }} end) as numerator_before,
        max(case when kpi_daily.kpi_date < ending.as_of then {{ as_decimal('coalesce(kpi_daily.denominator, 0)', 9) }} end) as denominator_before
    from ending
    inner join kpi
        on ending.kpi_id = kpi.kpi_id
        and not kpi.is_flow
    inner join {{ ref('kpi_daily') }} as kpi_daily
        on ending.kpi_id = kpi_daily.kpi_id
        and kpi_daily.kpi_date in (ending.as_of, ending.before_to_on)
    group by ending.kpi_id, kpi_daily.org_code, ending.as_of, ending.period

),

-- The period that ended on the same day a year ago, which has as many days if this one is of days: a 29 February lengthens none. Day by
-- day, because a month to date is no whole month. All days together have no year before them.
ended_year_ago as (

    select
        ending.kpi_id,
        kpi_daily.org_code,
        ending.as_of,
        ending.period,
        sum({{ as_decimal('kpi_daily.numerator', 9) }}) as numerator,
        sum({{ as_decimal('coalesce(kpi_daily.denominator, 0)', 9) }}) as denominator
    from ending
    inner join kpi
        on ending.kpi_id = kpi.kpi_id
    inner join {{ ref('kpi_daily') }} as kpi_daily
        on ending.kpi_id = kpi_daily.kpi_id
        and kpi_daily.kpi_date <= {{ years_later(-1, 'ending.as_of') }}
        and kpi_daily.kpi_date >= case when kpi.is_flow then ending.year_ago_from_on else {{ years_later(-1, 'ending.as_of') }} end
    where ending.period <> 'all'
    group by ending.kpi_id, kpi_daily.org_code, ending.as_of, ending.period

),

counted as (

    select
        kpi_id,
        org_level,
        org_code,
        as_of,
        '30d' as period,
        {{ days_later(-29, 'as_of') }} as from_on,
        {%- for column in sums %}
        {{ column }},
        {%- endfor %}
        numerator_before,
        denominator_before,
        numerator_year_ago,
        denominator_year_ago
    from thirty_days

    union all

    select
        cell.kpi_id,
        cell.org_level,
        cell.org_code,
        cell.as_of,
        ending.period,
        ending.from_on,
        {%- for column in sums %}
        {{ as_double('ended.' ~ column, 9) }} as {{ column }},
        {%- endfor %}
        {{ as_double('ended.numerator_before', 9) }} as numerator_before,
        {{ as_double('ended.denominator_before', 9) }} as denominator_before,
        {{ as_double('ended_year_ago.numerator', 9) }} as numerator_year_ago,
        {{ as_double('ended_year_ago.denominator', 9) }} as denominator_year_ago
    from cell
    inner join ending
        on cell.kpi_id = ending.kpi_id
        and cell.as_of = ending.as_of
    left join ended
        on ending.kpi_id = ended.kpi_id
        and ending.as_of = ended.as_of
        and ending.period = ended.period
        and cell.org_code = ended.org_code
    left join ended_year_ago
        on ending.kpi_id = ended_year_ago.kpi_id
        and ending.as_of = ended_year_ago.as_of
        and ending.period = ended_year_ago.period
        and cell.org_code = ended_year_ago.org_code

),

first_day as (

    select min(date_day) as loaded_from
    from {{ ref('dim_date') }}

),

last_delivery as (

    select
        kpi.kpi_id,
        dim_date.date_day as as_of,
        max(delivered.business_date) over (partition by kpi.kpi_id order by dim_date.date_day rows unbounded preceding) as delivered_on
    from {{ ref('dim_date') }} as dim_date
    cross join kpi
    left join delivered
        on dim_date.date_day = delivered.business_date
        and kpi.kpi_id = delivered.kpi_id

),

-- Without one of its feeds a KPI keeps the number of kpi_daily, says no data, and is not scored.
valued as (

    select
        counted.kpi_id,
        counted.org_level,
        counted.org_code,
        counted.as_of,
        counted.period,
        counted.from_on,
        {{ code_of('district', 'counted.org_code') }} as district_code,
        kpi.unit,
        kpi.direction,
        kpi.factor,
        kpi.most,
        kpi.is_flow,
        kpi.is_share_of_rows,
        kpi.has_denominator,
        counted.as_of < {{ days_later('kpi.window_days - 1', 'first_day.loaded_from') }} as is_warming_up,
        last_delivery.delivered_on,
        kpi.is_awaited,
        case when kpi.has_denominator then coalesce(counted.numerator, 0) else counted.numerator end as numerator,
        case when kpi.has_denominator then coalesce(counted.denominator, 0) end as denominator,
        case
            when not kpi.has_denominator then counted.numerator
            when counted.denominator <> 0 then counted.numerator / counted.denominator * kpi.factor
        end as value,
        case
            when not kpi.has_denominator then counted.numerator_before
            when counted.denominator_before <> 0 then counted.numerator_before / counted.denominator_before * kpi.factor
        end as previous_value,
        case
            when not kpi.has_denominator then counted.numerator_year_ago
            when counted.denominator_year_ago <> 0 then counted.numerator_year_ago / counted.denominator_year_ago * kpi.factor
        end as year_ago_value,
        case
            when not kpi.has_denominator then null
            when kpi.is_flow then coalesce(counted.n, 0)
            else coalesce(counted.denominator, 0)
        end as n,
        case
            when kpi.is_share_of_rows and counted.denominator > 0
                then least(greatest(counted.numerator / counted.denominator, 0), 1)
        end as p,
        -- What is left of the rows' numerators when each has its denominator's share: the squares, summed over the rows.
        case
            when counted.denominator > 0 and counted.n > 1 and counted.denominator_squares > 0
                then counted.numerator_squares
                    - 2 * counted.numerator / counted.denominator * counted.products
                    + counted.numerator / counted.denominator * counted.numerator / counted.denominator * counted.denominator_squares
        end as residual_squares
    from counted
    inner join kpi
        on counted.kpi_id = kpi.kpi_id
    inner join last_delivery
        on counted.kpi_id = last_delivery.kpi_id
        and counted.as_of = last_delivery.as_of
    cross join first_day

),

-- Shares of rows are smoothed towards the district's of the same period, and their interval is Wilson's; other flows have the
-- interval of a ratio of sums over rows (delta method). 90 % both. Stocks and windows count a whole register: they are exact.
smoothed as (

    select
        valued.*,
        district.value as district_value,
        case
            when valued.p is not null
                then (valued.numerator + coalesce(pull.k, 500) * district.value / valued.factor)
                    / (valued.denominator + coalesce(pull.k, 500)) * valued.factor
        end as value_smoothed,
        coalesce(
            (valued.p + {{ z * z / 2 }} / valued.denominator) / (1 + {{ z * z }} / valued.denominator),
            case when valued.residual_squares is not null then valued.numerator / valued.denominator end
        ) as centre,
        coalesce(
            {{ z }} * sqrt(valued.p * (1 - valued.p) / valued.denominator + {{ z * z / 4 }} / (valued.denominator * valued.denominator))
            / (1 + {{ z * z }} / valued.denominator),
            case
                when valued.residual_squares is not null
                    then {{ z }} * sqrt(valued.n / (valued.n - 1) * greatest(valued.residual_squares, 0)) / valued.denominator
            end
        ) as half_width
    from valued
    left join valued as district
        on district.org_level = 'district'
        and valued.kpi_id = district.kpi_id
        and valued.as_of = district.as_of
        and valued.period = district.period
        and valued.district_code = district.org_code
    left join pull
        on valued.kpi_id = pull.kpi_id
        and valued.as_of = pull.as_of
        and valued.district_code = pull.district_code

),

-- The ends stay where a value can be, and the value between them.
scored as (

    select
        smoothed.*,
        target.red_line,
        target.target,
        target.stretch,
        target.band_low,
        target.band_high,
        case
            when smoothed.is_warming_up or smoothed.is_awaited then null
            when smoothed.is_share_of_rows and smoothed.org_level <> 'district' then smoothed.value_smoothed
            else smoothed.value
        end as scored_value,
        case when smoothed.half_width is not null then least(greatest((smoothed.centre - smoothed.half_width) * smoothed.factor, 0), smoothed.value) end as low90,
        case
            when smoothed.half_width is not null
                then greatest(least((smoothed.centre + smoothed.half_width) * smoothed.factor, smoothed.most), smoothed.value)
        end as high90
    from smoothed
    left join {{ ref('kpi_target') }} as target
        on smoothed.kpi_id = target.kpi_id
        and smoothed.org_code = target.org_code
        and {{ in_force('target', 'smoothed.as_of') }}

),

pointed as (

    select
        scored.*,
        {{ score('scored.scored_value', 'scored') }} as unbounded_score
    from scored

)

select
    pointed.kpi_id,
    pointed.org_level,
    pointed.org_code,
    pointed.as_of,
    pointed.period,
    pointed.numerator,
    pointed.denominator,
    pointed.value,
    pointed.n,
    not pointed.is_flow as is_exact,
    pointed.value_smoothed,
    pointed.low90,
    pointed.high90,
    case when pointed.unbounded_score is not null then least(greatest(pointed.unbounded_score, 0), 100) end as score,
    case
        when pointed.is_awaited or pointed.org_level = 'district' or pointed.direction not in ('up', 'down') or pointed.n < {{ least_n }} then null
        when pointed.low90 > pointed.district_value then case pointed.direction when 'up' then 'better' else 'worse' end
        when pointed.high90 < pointed.district_value then case pointed.direction when 'up' then 'worse' else 'better' end
        when pointed.low90 is not null and pointed.district_value is not null then 'same'
    end as band,
    case
        when pointed.is_awaited then 'no_data'
        when pointed.value is null and pointed.is_flow and coalesce(pointed.delivered_on < pointed.from_on, true) then 'no_data'
        when pointed.value is null then 'not_applicable'
        when pointed.is_warming_up then 'warming_up'
        when pointed.is_flow and pointed.n < {{ least_n }} then 'small_n'
        else 'ok'
    end as status,
    pointed.previous_value,
    pointed.year_ago_value
from pointed
order by pointed.kpi_id, pointed.org_level, pointed.org_code, pointed.period, pointed.as_of
