-- Which party organisations are there on a day, by type, and with how many members? Null if one of them has so few members that they
-- are not published.
select party_org_type, count(*) as orgs, case when count(members) = count(*) then sum(members) end as members
from marts.dim_party_org
where
    is_known_community and starts_with(org_code, $area) and open_from_on <= cast($last as date)
    and {in_force}
group by party_org_type
order by orgs desc, party_org_type
