with

version as (

    select
        community_code,
        valid_from,
        community_name,
        households,
        lag(community_name) over (partition by community_code order by valid_from) as name_before,
        lag(households) over (partition by community_code order by valid_from) as households_before,
        count(*) over (partition by community_code) as versions
    from marts.dim_community

)

select
    community_code,
    valid_from,
    name_before,
    community_name,
    households_before,
    households
from version
where versions > 1
order by community_code, valid_from
