select
    o.org_name,
    d.zh,
    p.value,
    p.low90,
    p.high90,
    p.n
from marts.kpi_period as p
inner join marts.dim_org as o
    on p.org_code = o.org_code
inner join marts.kpi_definition as d
    on p.kpi_id = d.kpi_id
where p.band = 'worse'
    and p.status = 'ok'
    and p.org_level = 'community'
    and p.period = '30d'
    and p.as_of = (select b.data_through from meta.build as b)
order by o.org_name, d.zh
