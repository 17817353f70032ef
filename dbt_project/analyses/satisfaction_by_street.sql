select
    o.org_name,
    count(*) as questionnaires,
    count(*) < 5 as is_small_n,
    avg(s.safe_score) as safe,
    avg(s.convenient_score) as convenient,
    avg(s.beautiful_score) as beautiful,
    avg(s.happy_score) as happy
from marts.fct_satisfaction_survey as s
inner join marts.dim_org as o
    on s.street_code = o.org_code
where s.surveyed_on > (select b.data_through from meta.build as b) - 90
group by o.org_name
order by happy, o.org_name
