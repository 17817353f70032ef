-- Which events stand behind a KPI of an area in a period? counts_as_met: the event is in the numerator too.
-- A KPI that is not named here has no events to show.
-- Of KPIs per households (overdue, events per 1000) the events are the numerator.
with candidates as (
    select
        *,
        case $kpi
            when 'event_on_time_close_rate' then due_on
            when 'env_event_on_time_rate' then due_on
            when 'property_event_on_time_rate' then due_on
            when 'dispute_resolved_30d_rate' then reported_on + 30
            when 'env_recurrence_30d_rate' then closed_on + 30
            when 'event_close_hours' then closed_on
            when 'event_rework_rate' then closed_on
            when 'closure_satisfaction_rate' then closed_on
            when 'instant_close_rate' then closed_on
            when 'community_level_close_share' then closed_on
            when 'urgent_dispatch_2h_rate' then reported_on
            when 'event_repeat_rate' then reported_on
            when 'snap_share' then reported_on
            when 'proactive_discovery_share' then reported_on
            when 'excluded_share' then reported_on
        end as counted_on
    from marts.fct_event
    where is_known_community and starts_with(community_code, $area)
)

select
    event_id, category, subcategory, urgency, source, level, status, department, grid_code, reported_at, dispatched_at, due_at, closed_at,
    follow_up, rework_count, file_name, row_number,
    case $kpi
        when 'event_on_time_close_rate' then is_on_time
        when 'env_event_on_time_rate' then is_on_time
        when 'property_event_on_time_rate' then is_on_time
        when 'urgent_dispatch_2h_rate' then dispatched_at - reported_at <= interval 2 hour
        when 'dispute_resolved_30d_rate' then closed_at - reported_at <= interval 720 hour
        when 'event_rework_rate' then rework_count >= 1
        when 'event_repeat_rate' then is_repeat
        when 'env_recurrence_30d_rate' then is_recurring
        when 'closure_satisfaction_rate' then follow_up in ('satisfied', 'fairly_satisfied')
        when 'instant_close_rate' then closed_at - reported_at <= interval 10 minute
        when 'snap_share' then source = 'snap_report'
        when 'proactive_discovery_share' then source in ('grid_patrol', 'home_visit')
        when 'community_level_close_share' then level = 'community'
        when 'excluded_share' then is_excluded
        else true
    end as counts_as_met
from candidates
where
    case $kpi
        when 'excluded_share' then status <> 'void'
        else is_countable
    end
    and case $kpi
        when 'overdue_open_per_1k'
            then due_on <= cast($last as date) and reported_on <= cast($last as date)
                and (closed_on is null or closed_on > cast($last as date))
        when 'events_per_1k' then reported_on between cast($last as date) - 29 and cast($last as date)
        else counted_on between cast($first as date) and cast($last as date)
    end
    and case $kpi
        when 'env_event_on_time_rate' then category = 'environment'
        when 'env_recurrence_30d_rate' then category = 'environment' and closed_at is not null and grid_code is not null
        when 'property_event_on_time_rate' then category = 'property'
        when 'dispute_resolved_30d_rate' then category = 'dispute'
        when 'urgent_dispatch_2h_rate' then urgency in ('urgent', 'critical')
        when 'event_repeat_rate' then grid_code is not null
        when 'event_close_hours' then closed_at >= reported_at
        when 'closure_satisfaction_rate' then follow_up in ('satisfied', 'fairly_satisfied', 'dissatisfied')
        else true
    end
order by coalesce(closed_at is null and due_on <= cast($last as date), false) desc, due_at nulls last, reported_at, event_id
