-- Which streets and communities are there, under which names?
select org_level, org_code, org_name, parent_code, households
from marts.dim_org
order by org_code
