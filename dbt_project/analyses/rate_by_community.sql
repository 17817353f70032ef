select
    o.org_name,
    p.value,
    p.n,
    p.low90,
    p.high90,
    p.band,
    p.status
from marts.kpi_period as p
inner join marts.dim_org as o
    on p.org_code = o.org_code
where p.kpi_id = 'event_on_time_close_rate'
    and p.org_level = 'community'
    and p.period = '30d'
    and p.as_of = (select b.data_through from meta.build as b)
order by p.value_smoothed nulls last, o.org_name
