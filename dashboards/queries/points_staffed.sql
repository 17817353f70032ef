-- Which service points were open as scheduled in a period? Planned and staffed hours of every point with a shift, worst first.
select
    shift.point_code, any_value(point.point_name) as point_name, any_value(point.point_type) as point_type,
    max_by(shift.community_code, (shift.planned_start, shift.shift_id)) as community_code,
    count(*) as shifts,
    count(*) filter (where shift.signed_in_at is null) as not_signed_in,
    count(*) filter (where shift.is_extended) as extended,
    sum(shift.planned_microseconds) / 3600000000 as planned_hours,
    coalesce(sum(shift.staffed_microseconds), 0) / 3600000000 as staffed_hours
from marts.fct_duty_shift as shift
left join marts.dim_service_point as point on shift.point_code = point.point_code and point.valid_to is null
where
    shift.is_known_community and starts_with(shift.community_code, $area)
    and shift.planned_on between cast($first as date) and cast($last as date)
group by shift.point_code
having planned_hours > 0
order by staffed_hours / planned_hours, planned_hours desc, shift.point_code
