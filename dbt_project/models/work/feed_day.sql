with

expected as (

    select
        dim_date.date_day as business_date,
        feed.platform,
        feed.feed,
        cast(
            concat(cast({{ days_later(1, 'dim_date.date_day') }} as {{ dbt.type_string() }}), ' ', feed.available_at, ':00') as timestamp
        ) as expected_by
    from {{ ref('dim_date') }} as dim_date
    cross join {{ source('ledger', 'feed') }} as feed

),

accepted as (

    select
        platform,
        feed,
        business_date,
        min(received_at) as first_received_at,
        sum(rows_counted) filter (where state = 'loaded') as rows_counted,
        sum(rows_loaded + rows_duplicate) filter (where state = 'loaded') as rows_accepted
    from {{ source('ledger', 'delivery') }}
    where state in ('loaded', 'superseded')
    group by platform, feed, business_date

)

select
    expected.business_date,
    expected.platform,
    expected.feed,
    district.org_code as district_code,
    coalesce(accepted.first_received_at <= expected.expected_by, false) as is_on_time,
    accepted.rows_counted,
    accepted.rows_accepted
from expected
inner join {{ ref('dim_org') }} as district
    on district.org_level = 'district'
left join accepted
    on expected.platform = accepted.platform
    and expected.feed = accepted.feed
    and expected.business_date = accepted.business_date
