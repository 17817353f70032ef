-- Does every row of every file have exactly one outcome? By feed, over a range of business dates.
select
    delivery.platform, delivery.feed,
    count(*) as files,
    sum(delivery.rows_counted) as rows_counted,
    sum(delivery.rows_loaded) as rows_loaded,
    sum(delivery.rows_rejected) as rows_rejected,
    sum(delivery.rows_duplicate) as rows_duplicate,
    sum(delivery.rows_superseded) as rows_superseded,
    count(*) filter (
        where delivery.rows_counted
        <> delivery.rows_loaded + delivery.rows_rejected + delivery.rows_duplicate + delivery.rows_superseded
    ) as files_that_do_not_add_up
from meta.delivery as delivery
where
    delivery.feed is not null
    and delivery.business_date between cast($first as date) and cast($last as date)
group by delivery.platform, delivery.feed
order by delivery.platform, delivery.feed
