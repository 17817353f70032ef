-- Which grids are there now, under which names? community: the name of the community, without the ending that all of them have.
select grid.grid_code, grid.grid_name, regexp_replace(org.org_name, '(社区居民委员会|社区居委会|村民委员会|村委会|社区)$', '') as community
from marts.dim_grid as grid
inner join marts.dim_org as org on grid.community_code = org.org_code
where grid.valid_to is null
order by grid.grid_code
