select
    o.org_name,
    k.denominator as care_households,
    k.denominator - k.numerator as not_on_schedule
from marts.kpi_daily as k
inner join marts.dim_org as o
    on k.org_code = o.org_code
where k.kpi_id = 'care_visit_on_schedule_rate'
    and k.org_level = 'street'
    and k.kpi_date = (select b.data_through from meta.build as b)
order by not_on_schedule desc, o.org_name asc
