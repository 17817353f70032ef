-- How are points earned and what are they spent on, in a period?
select kind, coalesce(item, '') as item, count(*) as entries, sum(points) as points, count(distinct volunteer_id) as volunteers
from marts.fct_points_txn
where is_known_community and starts_with(community_code, $area) and booked_on between cast($first as date) and cast($last as date)
group by kind, coalesce(item, '')
order by kind, abs(sum(points)) desc, item
