-- Who works in the grids on a day, by role, and how many of them are party members?
select
    worker_role, count(*) as workers, count(*) filter (where is_party_member) as party_members, count(distinct grid_code) as grids
from marts.dim_worker
where
    is_known_community and starts_with(community_code, $area)
    and {in_force}
    and {there}
group by worker_role
order by workers desc, worker_role
