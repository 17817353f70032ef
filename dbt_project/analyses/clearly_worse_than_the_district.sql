with
compared as (
    select
        *,
        count(*) over () as figures_compared
    from marts.kpi_period
    where band is not null
        and status = 'ok'
        and org_level = 'community'
        and period = '30d'
        and as_of = (select b.data_through from meta.build as b)
)

select
    o.org_name,
    d.zh,
    p.value,
    p.low90,
    p.high90,
    p.n,
    p.figures_compared,
    cast(round(0.05 * p.figures_compared) as bigint) as worse_by_chance_alone
from compared as p
inner join marts.dim_org as o
    on p.org_code = o.org_code
inner join marts.kpi_definition as d
    on p.kpi_id = d.kpi_id
where p.band = 'worse'
order by o.org_name, d.zh
