-- Which figures of an area, of everything below it and of the areas above it are in doubt, and because of which sentinels?
-- A flow's figure of more than 30 days stands on all its days: the 30 days to each of its days from the thirtieth on.
select
    doubt.kpi_id, doubt.org_code, list(distinct doubt.sentinel order by doubt.sentinel) as sentinels
from marts.kpi_doubt as doubt
inner join marts.kpi_definition as definition on doubt.kpi_id = definition.kpi_id
where
    doubt.as_of <= cast($last as date)
    and doubt.as_of >= case
        when definition.kind = 'flow' then least(cast($first as date) + 29, cast($last as date)) else cast($last as date)
    end
    and (starts_with(doubt.org_code, $area) or starts_with($area, doubt.org_code))
group by doubt.kpi_id, doubt.org_code
