select
    o.org_name,
    d.zh,
    p.value,
    p.n,
    q.sentinel
from marts.kpi_doubt as q
inner join marts.kpi_period as p
    on q.kpi_id = p.kpi_id
    and q.org_code = p.org_code
    and q.as_of = p.as_of
inner join marts.dim_org as o
    on q.org_code = o.org_code
inner join marts.kpi_definition as d
    on q.kpi_id = d.kpi_id
where p.period = '30d'
    and q.as_of = (select b.data_through from meta.build as b)
order by o.org_name, d.zh, q.sentinel
