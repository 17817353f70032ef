-- Which service points does every community have, open on a day: a centre, a full one, stations, other points?
-- A full centre has 600 square metres and three functions at least, as centre_standard_rate counts it.
with open_points as (
    select *
    from marts.dim_service_point
    where
        is_known_community and starts_with(community_code, $area)
        and {in_force}
        and {there}
)

select
    org.org_code,
    count(*) filter (where open_points.point_type = 'centre') as centres,
    count(*) filter (
        where open_points.point_type = 'centre' and open_points.floor_area_m2 >= 600 and open_points.functions >= 3
    ) as full_centres,
    max(open_points.floor_area_m2) filter (where open_points.point_type = 'centre') as centre_area,
    max(open_points.functions) filter (where open_points.point_type = 'centre') as centre_functions,
    count(*) filter (where open_points.point_type = 'station') as stations,
    count(*) filter (where open_points.point_type in ('kiosk', 'volunteer_post', 'themed_point')) as others,
    count(*) filter (where open_points.point_type = 'mobile_desk') as mobile_desks
from marts.dim_org as org
left join open_points on org.org_code = open_points.community_code
where
    org.org_level = 'community' and starts_with(org.org_code, $area)
    and org.org_code in (select community_code from marts.dim_community where {in_force})
group by org.org_code
order by org.org_code
