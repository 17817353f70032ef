select
    department,
    count(*) as overdue,
    max((select b.data_through from meta.build as b) - overdue_from_on) as oldest_days
from marts.fct_event
where is_countable
    and is_known_community
    and closed_at is null
    and overdue_from_on <= (select b.data_through from meta.build as b)
group by department
order by overdue desc, department asc
