-- Which KPIs of an area, as shown for a time range, were changed by the publications of the last day, and by how much? With the parts
-- and the value that are shown now.
with restated as (
    select
        changed.kpi_id, count(*) as days,
        sum(coalesce(changed.new_numerator, 0) - coalesce(changed.old_numerator, 0)) as numerator,
        sum(coalesce(changed.new_denominator, 0) - coalesce(changed.old_denominator, 0)) as denominator
    from marts.kpi_restatement as changed
    inner join marts.kpi_definition as definition on changed.kpi_id = definition.kpi_id
    cross join meta.build as build
    where
        changed.org_code = $org and changed.published_at > build.built_at - interval 1 day
        and changed.kpi_date <= cast($last as date)
        and changed.kpi_date >= case when definition.kind = 'flow' then cast($first as date) else cast($last as date) end
    group by changed.kpi_id
)

select
    restated.kpi_id, restated.days, restated.numerator, restated.denominator,
    standing.numerator as numerator_now, standing.denominator as denominator_now, standing.n, standing.value
from restated
inner join marts.kpi_period as standing on restated.kpi_id = standing.kpi_id
where
    standing.org_code = $org and standing.as_of = cast($last as date) and standing.period = $period
    and (restated.numerator <> 0 or restated.denominator <> 0)
