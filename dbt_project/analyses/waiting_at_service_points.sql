select
    p.point_name,
    count(*) as called,
    count(*) filter (where not c.is_called_15min) as waited_longer,
    median(case when c.called_at >= c.queued_at then epoch(c.called_at - c.queued_at) end) / 60 as median_wait_minutes,
    count(*) < 5 as is_small_n
from marts.fct_service_case as c
inner join marts.dim_service_point as p
    on c.point_code = p.point_code
    and p.valid_to is null
where c.channel = 'counter'
    and c.queued_at is not null
    and c.called_at is not null
    and c.accepted_on > (select b.data_through from meta.build as b) - 30
group by p.point_code, p.point_name
order by waited_longer desc, p.point_name asc
