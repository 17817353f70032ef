-- Why did a rate of an area change? One row per place below it; summed over the places mix + performance is value - value_before.
select
    before_as_of, value_before, value, part_code, part_denominator_before, part_denominator, share_before, share,
    part_value_before, part_value, mix, performance
from marts.kpi_change
where kpi_id = $kpi and org_code = $org and as_of = cast($day as date) and period = $period
order by abs(mix + performance) desc, part_code
