-- What happened to the needs found on visits: handed over as an event, settled? Visits of a period with problems found.
select
    count(*) as found,
    count(visit.event_id) as handed_over,
    count(*) filter (where visit.is_event_unknown) as unknown,
    count(*) filter (where visit.is_actioned_7d) as actioned_7d,
    count(*) filter (where event.closed_at is not null) as closed,
    count(*) filter (where visit.is_need_resolved_15d) as resolved_15d,
    count(*) filter (where event.closed_at is null and event.event_id is not null) as still_open,
    count(*) filter (where event.closed_at is null and event.overdue_from_on <= cast($last as date)) as overdue
from marts.fct_visit as visit
left join marts.fct_event as event on visit.event_id = event.event_id
where
    visit.is_known_community and starts_with(visit.community_code, $area) and visit.problems_found > 0
    and visit.started_on between cast($first as date) and cast($last as date)
