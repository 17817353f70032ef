-- Why did a rate of an area change? One row per place below it; summed over the places mix + performance is value - value_before.
select
    before_as_of, value_before, value, part_code, part_denominator_before, part_denominator, share_before, share,
    part_value_before, part_value, mix, performance, part_n_before, part_n
from marts.kpi_change($kpi, $day, $day)
where org_code = $org and period = $period
order by abs(mix + performance) desc, part_code
