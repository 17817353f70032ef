-- Why did the indices of an organisation change? One row per KPI and index; summed over the KPIs mix + performance is score - score_before.
select pillar, before_as_of, score_before, score, kpi_id, share_before, share, kpi_score_before, kpi_score, mix, performance
from marts.index_change
where org_code = $org and as_of = cast($day as date) and period = $period
order by pillar, abs(mix + performance) desc, kpi_id
