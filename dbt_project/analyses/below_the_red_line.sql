select
    d.zh,
    p.value,
    t.red_line,
    t.target,
    p.score
from marts.kpi_period as p
inner join marts.kpi_definition as d
    on p.kpi_id = d.kpi_id
inner join marts.kpi_target as t
    on p.kpi_id = t.kpi_id
    and p.org_code = t.org_code
    and p.as_of >= t.valid_from
    and (t.valid_to is null or p.as_of < t.valid_to)
where p.org_level = 'district'
    and p.period = '30d'
    and p.as_of = (select b.data_through from meta.build as b)
    and p.score < 60
    and t.red_line is not null
order by p.score, d.zh
