select
    p.point_name,
    sum(s.planned_microseconds) / 3600000000 as planned_hours,
    coalesce(sum(s.staffed_microseconds), 0) / 3600000000 as staffed_hours,
    100.0 * coalesce(sum(s.staffed_microseconds), 0) / nullif(sum(s.planned_microseconds), 0) as staffed_percent
from marts.fct_duty_shift as s
inner join marts.dim_service_point as p
    on s.point_code = p.point_code
    and p.valid_to is null
where s.planned_on > (select b.data_through from meta.build as b) - 30
    and s.planned_on <= (select b.data_through from meta.build as b)
group by p.point_code, p.point_name
order by staffed_percent, p.point_name
