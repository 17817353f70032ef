-- Which KPIs of an area, as shown for a time range, were changed by the publications of the last day? With what was shown before and what
-- is shown now.
select
    kpi_id, days, old_numerator, old_denominator, old_value, new_numerator, new_denominator, new_value, numerator_change, denominator_change, n
from marts.kpi_restated
where org_code = $org and as_of = cast($last as date) and period = $period
