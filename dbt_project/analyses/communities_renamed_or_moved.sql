select
    community_code,
    valid_from,
    lag(community_name) over (partition by community_code order by valid_from) as name_before,
    community_name,
    lag(households) over (partition by community_code order by valid_from) as households_before,
    households
from marts.dim_community
where community_code in (select community_code from marts.dim_community group by community_code having count(*) > 1)
order by community_code, valid_from
