-- What are the indices on a day, of an area, everything below it and the areas above it, and which sentinels touch their KPIs?
-- The overall one is made of four pillars.
with touched as (
    select doubt.org_code, definition.pillar, doubt.sentinel
    from marts.kpi_doubt as doubt
    inner join marts.kpi_definition as definition on doubt.kpi_id = definition.kpi_id
    where doubt.as_of = cast($day as date) and definition.weight is not null
),

doubted as (
    select org_code, pillar, list(distinct sentinel order by sentinel) as sentinels
    from touched
    group by org_code, pillar

    union all

    select org_code, 'overall' as pillar, list(distinct sentinel order by sentinel) as sentinels
    from touched
    where pillar in ('safe', 'convenient', 'beautiful', 'happy')
    group by org_code
)

select daily.org_code, daily.pillar, daily.score, daily.coverage, coalesce(doubted.sentinels, []) as sentinels
from marts.index_daily as daily
left join doubted on daily.org_code = doubted.org_code and daily.pillar = doubted.pillar
where daily.as_of = cast($day as date) and (starts_with(daily.org_code, $area) or starts_with($area, daily.org_code))
