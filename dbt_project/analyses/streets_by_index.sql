select
    o.org_name,
    max(case when i.pillar = 'overall' then i.score end) as overall,
    max(case when i.pillar = 'safe' then i.score end) as safe,
    max(case when i.pillar = 'convenient' then i.score end) as convenient,
    max(case when i.pillar = 'beautiful' then i.score end) as beautiful,
    max(case when i.pillar = 'happy' then i.score end) as happy,
    max(case when i.pillar = 'organisation' then i.score end) as organisation
from marts.index_daily as i
inner join marts.dim_org as o
    on i.org_code = o.org_code
where i.org_level = 'street'
    and i.as_of = (select b.data_through from meta.build as b)
group by o.org_code, o.org_name
order by overall desc nulls last, o.org_name asc
