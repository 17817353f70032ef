-- Which grids have no full-time worker or no party organisation on a day?
with worker as (
    select distinct grid_code
    from marts.dim_worker
    where
        worker_role = 'full_time_grid_worker' and is_known_community
        and {in_force}
        and {there}
),

party as (
    select distinct grid_code
    from marts.dim_party_org
    where
        party_org_type in ('grid_branch', 'building_group') and is_known_community and open_from_on <= cast($last as date)
        and {in_force}
)

select
    grid.grid_code, grid.grid_name, grid.community_code, grid.households,
    worker.grid_code is not null as has_worker,
    party.grid_code is not null as has_party_org
from marts.dim_grid as grid
left join worker on grid.grid_code = worker.grid_code
left join party on grid.grid_code = party.grid_code
where
    grid.is_known_community and starts_with(grid.community_code, $area)
    and {in_force}
order by has_worker, has_party_org, grid.households desc, grid.grid_code
