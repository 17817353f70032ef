-- By what are KPIs judged, at which place and from which day to which, where that is not everywhere and always what they are defined with?
-- Of such a KPI every place and every span, also those with its own points.
with changed as (
    select distinct target.kpi_id
    from marts.kpi_target as target
    inner join marts.kpi_definition as definition on target.kpi_id = definition.kpi_id
    where
        (target.red_line, target.target, target.stretch, target.band_low, target.band_high, target.weight) is distinct from
        (definition.red_line, definition.target, definition.stretch, definition.band_low, definition.band_high, definition.weight)
)

select
    target.kpi_id, target.org_code, target.valid_from, target.valid_to, target.red_line, target.target, target.stretch, target.band_low,
    target.band_high, target.weight
from marts.kpi_target as target
inner join changed on target.kpi_id = changed.kpi_id
