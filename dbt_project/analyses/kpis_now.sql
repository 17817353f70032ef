select
    d.pillar,
    d.zh,
    d.en,
    p.value,
    d.unit,
    p.n,
    p.previous_value,
    p.score,
    p.status
from marts.kpi_period as p
inner join marts.kpi_definition as d
    on p.kpi_id = d.kpi_id
where p.org_level = 'district'
    and p.period = '30d'
    and p.as_of = (select b.data_through from meta.build as b)
order by d.pillar, d.zh
