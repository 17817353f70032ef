-- Which visits were made in a period, how many of them are valid, and how many found something? households: null if one to four.
select
    visit_type,
    count(*) as visits,
    count(*) filter (where is_valid) as valid,
    count(*) filter (where not on_site) as off_site,
    count(*) filter (where on_site and not is_valid) as too_short,
    count(*) filter (where problems_found > 0) as with_problems,
    case when count(distinct household_id) >= 5 then count(distinct household_id) end as households
from marts.fct_visit
where is_known_community and starts_with(community_code, $area) and started_on between cast($first as date) and cast($last as date)
group by visit_type
order by visits desc, visit_type
