-- Which policies did visits explain in a period, and to how many households?
select policy_topic, count(*) as visits, count(*) filter (where is_valid) as valid, count(distinct household_id) as households
from marts.fct_visit
where
    is_known_community and starts_with(community_code, $area) and policy_topic is not null
    and started_on between cast($first as date) and cast($last as date)
group by policy_topic
order by households desc, policy_topic
