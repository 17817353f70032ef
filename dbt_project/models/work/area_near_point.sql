select
    area_code,
    from_on,
    to_on
from ({{ areas_near_points() }}) as area_near_point
