with

point as (

    select
        point_code,
        open_from_on,
        coalesce(open_to_on, date '9999-12-31') as open_to_on,
        radians(longitude) as longitude,
        radians(latitude) as latitude
    from {{ ref('dim_service_point') }}
    where is_known_community
        and point_type <> 'mobile_desk'
        and longitude is not null
        and latitude is not null

),

area as (

    select
        area_code,
        valid_from,
        coalesce(valid_to, date '9999-12-31') as valid_to,
        radians(longitude) as longitude,
        radians(latitude) as latitude
    from {{ ref('dim_residential_area') }}

),

-- 0.00013 of a radian is 828 m on a meridian: farther apart than that in latitude alone is too far.
pair as (

    select
        area.area_code,
        greatest(area.valid_from, point.open_from_on) as from_on,
        least(area.valid_to, point.open_to_on) as to_on,
        power(sin((point.latitude - area.latitude) / 2), 2)
        + cos(area.latitude) * cos(point.latitude) * power(sin((point.longitude - area.longitude) / 2), 2) as haversine
    from area
    inner join point
        on area.valid_from < point.open_to_on
        and area.valid_to > point.open_from_on
        and abs(area.latitude - point.latitude) < 0.00013

)

select
    area_code,
    from_on,
    to_on
from pair
where 2 * 6371008.8 * asin(sqrt(least(haversine, 1))) <= 800
