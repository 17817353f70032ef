select
    department,
    count(*) as overdue,
    max((select data_through from meta.build) - overdue_from_on) as oldest_days
from marts.fct_event
where is_countable
    and is_known_community
    and closed_at is null
    and overdue_from_on <= (select data_through from meta.build)
group by department
order by overdue desc, department
