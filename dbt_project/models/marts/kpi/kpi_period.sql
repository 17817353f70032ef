{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ forget_stale_periods() }}"
) }}
{%- set factors = unit_factors() %}
{%- set z = 1.6448536269514722 %}
with

-- A KPI whose feeds never delivered has neither data nor gaps.
delivered as (

    select distinct
        kpi_feed.kpi_id,
        delivery.business_date
    from (
        {%- for kpi_id, kpi in registered_kpis().items() %}
        {%- for feed in feeds_of(kpi) %}
        select
            '{{ kpi_id }}' as kpi_id,
            '{{ feed }}' as feed
        {{ 'union all' if not loop.last }}
        {%- endfor %}
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    ) as kpi_feed
    inner join {{ source('ledger', 'delivery') }} as delivery
        on (kpi_feed.feed = concat(delivery.platform, '.', delivery.feed) or kpi_feed.feed = 'ledger.delivery')
        and delivery.state = 'loaded'

),

kpi as (

    select *
    from (
        {%- for kpi_id, kpi in registered_kpis().items() %}
        select
            '{{ kpi_id }}' as kpi_id,
            '{{ kpi.unit }}' as unit,
            '{{ kpi.direction }}' as direction,
            {{ 'true' if kpi.kind == 'flow' else 'false' }} as is_flow,
            {{ 'true' if kpi.den else 'false' }} as has_denominator,
            {{ 'true' if kpi.district_only else 'false' }} as is_district_only,
            cast({{ factors[kpi.unit] }} as double) as factor
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    ) as registered
    where kpi_id in (select delivered.kpi_id from delivered)

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

-- Every day in some stale period, with a row for each organisation, so that 30 rows are 30 days. Decimals: a sum must
-- not depend on the order of its parts.
flow_day as (

    select
        span.kpi_id,
        dim_org.org_level,
        dim_org.org_code,
        dim_date.date_day,
        cast(coalesce(kpi_daily.numerator, 0) as decimal(38, 9)) as numerator,
        cast(coalesce(kpi_daily.denominator, 0) as decimal(38, 9)) as denominator,
        case when kpi_daily.kpi_id is not null then 1 else 0 end as days
    from span
    inner join kpi
        on span.kpi_id = kpi.kpi_id
        and kpi.is_flow
    inner join {{ ref('dim_org') }} as dim_org
        on dim_org.org_level = 'district'
        or not kpi.is_district_only
    inner join {{ ref('dim_date') }} as dim_date
        on {{ days_later(-60, 'span.first_as_of') }} < dim_date.date_day
        and span.last_as_of >= dim_date.date_day
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
        sum(numerator) over up_to_now as numerator,
        sum(denominator) over up_to_now as denominator,
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
        numerator - coalesce(lag(numerator, 30) over by_day, 0) as numerator_now,
        denominator - coalesce(lag(denominator, 30) over by_day, 0) as denominator_now,
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

thirty_days as (

    select
        flow_period.kpi_id,
        flow_period.org_level,
        flow_period.org_code,
        flow_period.as_of,
        cast(case when flow_period.days_now > 0 then flow_period.numerator_now end as double) as numerator,
        cast(case when flow_period.days_now > 0 then flow_period.denominator_now end as double) as denominator,
        cast(case when flow_period.days_before > 0 then flow_period.numerator_before end as double) as numerator_before,
        cast(case when flow_period.days_before > 0 then flow_period.denominator_before end as double) as denominator_before
    from flow_period
    inner join stale
        on flow_period.kpi_id = stale.kpi_id
        and flow_period.as_of = stale.as_of

    union all

    select
        cell.kpi_id,
        cell.org_level,
        cell.org_code,
        cell.as_of,
        present.numerator,
        present.denominator,
        past.numerator as numerator_before,
        past.denominator as denominator_before
    from cell
    inner join kpi
        on cell.kpi_id = kpi.kpi_id
        and not kpi.is_flow
    left join {{ ref('kpi_daily') }} as present
        on cell.kpi_id = present.kpi_id
        and cell.org_code = present.org_code
        and cell.as_of = present.kpi_date
    left join {{ ref('kpi_daily') }} as past
        on cell.kpi_id = past.kpi_id
        and cell.org_code = past.org_code
        and {{ days_later(-30, 'cell.as_of') }} = past.kpi_date

),

year_day as (

    select
        span.kpi_id,
        dim_org.org_code,
        dim_date.date_day,
        cast(coalesce(kpi_daily.numerator, 0) as decimal(38, 9)) as numerator,
        cast(coalesce(kpi_daily.denominator, 0) as decimal(38, 9)) as denominator,
        case when kpi_daily.kpi_id is not null then 1 else 0 end as days
    from span
    inner join kpi
        on span.kpi_id = kpi.kpi_id
        and kpi.unit = 'percent'
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
        sum(denominator) over up_to_now as denominator,
        sum(days) over up_to_now as days
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
        denominator - coalesce(lag(denominator, 365) over by_day, 0) as denominator,
        days - coalesce(lag(days, 365) over by_day, 0) as days
    from year_running
    window by_day as (
        partition by kpi_id, org_code
        order by date_day
    )

),

-- Method of moments: how much communities differ beyond chance over the 365 days to as_of, given as the n at which chance is as
-- large. For stocks and windows the mean over these days is used, because each day counts the same objects again.
year as (

    select
        year_period.kpi_id,
        year_period.as_of,
        {{ code_of('district', 'year_period.org_code') }} as district_code,
        cast(year_period.numerator as double) / case when kpi.is_flow then 1 else year_period.days end as x,
        cast(year_period.denominator as double) / case when kpi.is_flow then 1 else year_period.days end as n
    from year_period
    inner join stale
        on year_period.kpi_id = stale.kpi_id
        and year_period.as_of = stale.as_of
    inner join kpi
        on year_period.kpi_id = kpi.kpi_id
    where year_period.denominator > 0

),

moments as (

    select
        kpi_id,
        as_of,
        district_code,
        count(*) as communities,
        cast(sum(cast(x as decimal(38, 9))) as double) as x,
        cast(sum(cast(n as decimal(38, 9))) as double) as n,
        cast(sum(cast(n * n as decimal(38, 6))) as double) as n_squared,
        cast(sum(cast(x * x / n as decimal(38, 9))) as double) as x_squared_over_n
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

-- Months, quarters and years to date: on their last days and on the newest day.
ending as (

    {%- for period in ['month', 'quarter', 'year'] %}
    select
        kpi_id,
        as_of,
        '{{ period }}' as period,
        cast({{ dbt.date_trunc(period, 'as_of') }} as date) as from_on,
        cast({{ dbt.date_trunc(period, days_later(-1, 'cast(' ~ dbt.date_trunc(period, 'as_of') ~ ' as date)')) }} as date) as before_from_on,
        {{ days_later(-1, 'cast(' ~ dbt.date_trunc(period, 'as_of') ~ ' as date)') }} as before_to_on
    from stale
    where is_end
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

monthly as (

    select
        kpi_daily.kpi_id,
        kpi_daily.org_code,
        cast({{ dbt.date_trunc('month', 'kpi_daily.kpi_date') }} as date) as month_start,
        sum(cast(kpi_daily.numerator as decimal(38, 9))) as numerator,
        sum(cast(coalesce(kpi_daily.denominator, 0) as decimal(38, 9))) as denominator
    from {{ ref('kpi_daily') }} as kpi_daily
    inner join kpi
        on kpi_daily.kpi_id = kpi.kpi_id
        and kpi.is_flow
    where kpi_daily.kpi_date >= (select min(ending.before_from_on) from ending)
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
        sum(case when monthly.month_start >= ending.from_on then monthly.numerator end) as numerator,
        sum(case when monthly.month_start >= ending.from_on then monthly.denominator end) as denominator,
        sum(case when monthly.month_start < ending.from_on then monthly.numerator end) as numerator_before,
        sum(case when monthly.month_start < ending.from_on then monthly.denominator end) as denominator_before
    from ending
    inner join monthly
        on ending.kpi_id = monthly.kpi_id
        and monthly.month_start between ending.before_from_on and ending.as_of
    group by ending.kpi_id, monthly.org_code, ending.as_of, ending.period

    union all

    select
        ending.kpi_id,
        kpi_daily.org_code,
        ending.as_of,
        ending.period,
        max(case when kpi_daily.kpi_date = ending.as_of then cast(kpi_daily.numerator as decimal(38, 9)) end) as numerator,
        max(case when kpi_daily.kpi_date = ending.as_of then cast(coalesce(kpi_daily.denominator, 0) as decimal(38, 9)) end) as denominator,
        max(case when kpi_daily.kpi_date < ending.as_of then cast(kpi_daily.numerator as decimal(38, 9)) end) as numerator_before,
        max(case when kpi_daily.kpi_date < ending.as_of then cast(coalesce(kpi_daily.denominator, 0) as decimal(38, 9)) end) as denominator_before
    from ending
    inner join kpi
        on ending.kpi_id = kpi.kpi_id
        and not kpi.is_flow
    inner join {{ ref('kpi_daily') }} as kpi_daily
        on ending.kpi_id = kpi_daily.kpi_id
        and kpi_daily.kpi_date in (ending.as_of, ending.before_to_on)
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
        numerator,
        denominator,
        numerator_before,
        denominator_before
    from thirty_days

    union all

    select
        cell.kpi_id,
        cell.org_level,
        cell.org_code,
        cell.as_of,
        ending.period,
        ending.from_on,
        cast(ended.numerator as double) as numerator,
        cast(ended.denominator as double) as denominator,
        cast(ended.numerator_before as double) as numerator_before,
        cast(ended.denominator_before as double) as denominator_before
    from cell
    inner join ending
        on cell.kpi_id = ending.kpi_id
        and cell.as_of = ending.as_of
    left join ended
        on ending.kpi_id = ended.kpi_id
        and ending.as_of = ended.as_of
        and ending.period = ended.period
        and cell.org_code = ended.org_code

),

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
        kpi.is_flow,
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
        case when kpi.unit = 'percent' and counted.denominator > 0 then counted.denominator end as n,
        case
            when kpi.unit = 'percent' and counted.denominator > 0
                then least(greatest(counted.numerator / counted.denominator, 0), 1)
        end as p
    from counted
    inner join kpi
        on counted.kpi_id = kpi.kpi_id

),

-- Smoothed towards the district's rate of the same period; the interval is Wilson's, 90 %.
smoothed as (

    select
        valued.*,
        district.value as district_value,
        (valued.numerator + pull.k * district.value / valued.factor) / (valued.n + pull.k) * valued.factor as value_smoothed,
        (valued.p + {{ z * z / 2 }} / valued.n) / (1 + {{ z * z }} / valued.n) as centre,
        {{ z }} * sqrt(valued.p * (1 - valued.p) / valued.n + {{ z * z / 4 }} / (valued.n * valued.n)) / (1 + {{ z * z }} / valued.n) as half_width
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

scored as (

    select
        smoothed.*,
        target.red_line,
        target.target,
        target.stretch,
        target.band_low,
        target.band_high,
        case when smoothed.unit = 'percent' and smoothed.org_level <> 'district' then smoothed.value_smoothed else smoothed.value end as scored_value,
        (smoothed.centre - smoothed.half_width) * smoothed.factor as low90,
        (smoothed.centre + smoothed.half_width) * smoothed.factor as high90
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
    pointed.denominator as n,
    pointed.value_smoothed,
    pointed.low90,
    pointed.high90,
    case when pointed.unbounded_score is not null then least(greatest(pointed.unbounded_score, 0), 100) end as score,
    case
        when pointed.org_level = 'district' or pointed.direction not in ('up', 'down') then null
        when pointed.low90 > pointed.district_value then case pointed.direction when 'up' then 'better' else 'worse' end
        when pointed.high90 < pointed.district_value then case pointed.direction when 'up' then 'worse' else 'better' end
        when pointed.low90 is not null and pointed.district_value is not null then 'same'
    end as band,
    case
        when pointed.value is null and pointed.is_flow and coalesce(last_delivery.delivered_on < pointed.from_on, true) then 'no_data'
        when pointed.value is null then 'not_applicable'
        when pointed.denominator < 5 then 'small_n'
        else 'ok'
    end as status,
    pointed.previous_value
from pointed
left join last_delivery
    on pointed.kpi_id = last_delivery.kpi_id
    and pointed.as_of = last_delivery.as_of
order by pointed.kpi_id, pointed.org_level, pointed.org_code, pointed.period, pointed.as_of
