select
    o.org_name,
    k.numerator as visited,
    k.denominator as households,
    k.denominator - k.numerator as left_to_visit,
    k.value
from marts.kpi_daily as k
inner join marts.dim_org as o
    on k.org_code = o.org_code
where k.kpi_id = 'visit_coverage_180d'
    and k.org_level = 'community'
    and k.kpi_date = (select b.data_through from meta.build as b)
order by k.value nulls last, o.org_name
