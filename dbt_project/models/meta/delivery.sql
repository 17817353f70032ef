with

whole as (

    select
        platform,
        feed,
        business_date,
        min(received_at) as complete_at
    from {{ source('ledger', 'delivery') }}
    where state in ('loaded', 'superseded')
    group by platform, feed, business_date

)

select
    delivery.platform,
    delivery.feed,
    delivery.business_date,
    cast(delivery.revision as bigint) as revision,
    delivery.file_name,
    delivery.sha256,
    delivery.received_at,
    delivery.state,
    delivery.reason,
    delivery.rows_counted,
    delivery.rows_loaded,
    delivery.rows_rejected,
    delivery.rows_duplicate,
    delivery.rows_superseded,
    delivery.rows_erased,
    case when split.business_date is null then whole.complete_at else split.complete_at end as complete_at
from {{ source('ledger', 'delivery') }} as delivery
left join whole
    on delivery.platform = whole.platform
    and delivery.feed = whole.feed
    and delivery.business_date = whole.business_date
left join {{ source('ledger', 'split_day') }} as split
    on delivery.platform = split.platform
    and delivery.feed = split.feed
    and delivery.business_date = split.business_date
