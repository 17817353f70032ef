-- What are the indices on a day, of an area, everything below it and the areas above it, and which sentinels touch their KPIs?
with doubted as (
    select
        doubt.org_code, coalesce(definition.pillar, 'overall') as pillar,
        list(distinct doubt.sentinel order by doubt.sentinel) as sentinels
    from marts.kpi_doubt as doubt
    inner join marts.kpi_definition as definition on doubt.kpi_id = definition.kpi_id
    where doubt.as_of = cast($day as date) and definition.weight is not null
    group by doubt.org_code, rollup (definition.pillar)
)

select daily.org_code, daily.pillar, daily.score, daily.coverage, coalesce(doubted.sentinels, []) as sentinels
from marts.index_daily as daily
left join doubted on daily.org_code = doubted.org_code and daily.pillar = doubted.pillar
where daily.as_of = cast($day as date) and (starts_with(daily.org_code, $area) or starts_with($area, daily.org_code))
