select
    f.platform_title,
    f.title,
    count(*) as days_missing,
    min(c.date_day) as first_missing,
    max(c.date_day) as last_missing
from meta.feed as f
cross join marts.dim_date as c
left join meta.delivery as d
    on f.platform = d.platform
    and f.feed = d.feed
    and c.date_day = d.business_date
    and d.state = 'loaded'
where f.is_connected
    and c.date_day > (select b.data_through from meta.build as b) - 30
    and d.file_name is null
group by f.platform_title, f.title
order by days_missing desc, f.platform_title asc, f.title asc
