select
    r.published_at,
    d.zh,
    o.org_name,
    r.kpi_date,
    r.old_numerator,
    r.old_denominator,
    r.new_numerator,
    r.new_denominator,
    r.deliveries
from marts.kpi_restatement as r
inner join marts.kpi_definition as d
    on r.kpi_id = d.kpi_id
inner join marts.dim_org as o
    on r.org_code = o.org_code
where r.org_level = 'district'
order by r.published_at desc, d.zh asc, r.kpi_date desc
limit 200
