-- Which countable events are open at the end of a day, and which of those due in a period were closed too late? Open ones come first,
-- the most urgent at the head, then the overdue, then by limit. standing: overdue, open or closed_late; a closed one is held by nobody.
with listed as (
    select
        event.event_id, event.category, event.subcategory, event.urgency, event.community_code, event.grid_code, event.department,
        event.reported_at, event.due_at, event.closed_at, event.file_name, event.row_number,
        coalesce(stage.level, event.level) as level_now,
        case
            when event.closed_on is null or event.closed_on > cast($last as date) then coalesce(stage.held_by, event.department)
        end as held_by,
        case
            when event.closed_on <= cast($last as date) then 'closed_late'
            when event.overdue_from_on <= cast($last as date) then 'overdue'
            else 'open'
        end as standing,
        date_diff('day', event.due_on, least(coalesce(event.closed_on, cast($last as date)), cast($last as date))) as days_over
    from marts.fct_event as event
    left join marts.event_stage as stage on event.event_id = stage.event_id and stage.is_current
    where
        event.is_countable and event.is_known_community
        and (starts_with(event.community_code, $area) or event.grid_code = $area)
        and event.reported_on <= cast($last as date)
        and (
            event.closed_on is null or event.closed_on > cast($last as date)
            or (event.due_on between cast($first as date) and cast($last as date) and not event.is_on_time)
        )
)

select * replace (case when standing <> 'open' then days_over end as days_over)
from listed
order by
    standing = 'closed_late', list_position(['critical', 'urgent'], urgency) nulls last, standing <> 'overdue', due_at nulls last, event_id
