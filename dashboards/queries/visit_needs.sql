-- What happened to the needs found on visits: handed over as an event, settled? Visits of a period with problems found. Whether the event is
-- closed is as of the newest day; overdue: open although 15 days have passed since the visit.
select
    count(*) as found,
    count(is_event_unknown) as handed_over,
    count(*) filter (where is_event_unknown) as unknown,
    count(*) filter (where is_actioned_7d) as actioned_7d,
    count(*) filter (where is_event_closed) as closed,
    count(*) filter (where is_need_resolved_15d) as resolved_15d,
    count(*) filter (where not is_event_closed) as still_open,
    count(*) filter (where not is_event_closed and started_on + 15 <= cast($last as date)) as overdue
from marts.fct_visit
where
    is_known_community and starts_with(community_code, $area) and problems_found > 0
    and started_on between cast($first as date) and cast($last as date)
