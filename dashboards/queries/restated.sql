-- Which KPIs of an area, as shown for a time range, were changed by the publications of the last day, by how much and by which files?
select
    restated.kpi_id, count(*) as days,
    sum(coalesce(restated.new_numerator, 0) - coalesce(restated.old_numerator, 0)) as numerator,
    sum(coalesce(restated.new_denominator, 0) - coalesce(restated.old_denominator, 0)) as denominator
from marts.kpi_restatement as restated
inner join marts.kpi_definition as definition on restated.kpi_id = definition.kpi_id
cross join meta.build as build
where
    restated.org_code = $org and restated.published_at > build.built_at - interval 1 day
    and restated.kpi_date <= cast($last as date)
    and restated.kpi_date >= case when definition.kind = 'flow' then cast($first as date) else cast($last as date) end
group by restated.kpi_id
having
    sum(coalesce(restated.new_numerator, 0) - coalesce(restated.old_numerator, 0)) <> 0
    or sum(coalesce(restated.new_denominator, 0) - coalesce(restated.old_denominator, 0)) <> 0
