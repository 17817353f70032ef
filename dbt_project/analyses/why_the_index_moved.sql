with
district as (
    select org_code
    from marts.dim_org
    where org_level = 'district'
)

select
    c.score_before,
    c.score,
    d.pillar,
    d.zh,
    c.kpi_score_before,
    c.kpi_score,
    c.performance,
    c.mix
from marts.index_change((select org_code from district), null, null) as c
inner join marts.kpi_definition as d
    on c.kpi_id = d.kpi_id
where c.pillar = 'overall'
    and c.period = '30d'
    and c.as_of = (select b.data_through from meta.build as b)
order by abs(c.performance + c.mix) desc, d.zh asc
