-- Why did the indices of an organisation change? One row per KPI and index; summed over the KPIs mix + performance is score - score_before.
select pillar, before_as_of, score_before, score, kpi_id, share_before, share, kpi_score_before, kpi_score, mix, performance
from marts.index_change($org, $day, $day)
where period = $period
order by pillar, abs(mix + performance) desc, kpi_id
