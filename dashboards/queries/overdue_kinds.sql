-- What are the overdue open events of an area and of every place below it, for how long at most, and who holds most of them?
with late as (
    select event_id, community_code, category, held_by, urgency in ('urgent', 'critical') as is_urgent, days_over
    from (
        {open_event}
    ) as event
    where is_overdue
),

placed as (
    select org.org_code, late.*
    from late
    inner join marts.dim_org as org on starts_with(late.community_code, org.org_code)
    where starts_with(org.org_code, $area)
),

kind as (
    select org_code, arg_max(category, (events, category)) as category, max(events) as of_category
    from (select org_code, category, count(*) as events from placed group by all) as counted
    group by org_code
),

holder as (
    select org_code, arg_max(held_by, (events, held_by)) as held_by, max(events) as of_holder
    from (select org_code, held_by, count(*) as events from placed where held_by is not null group by all) as counted
    group by org_code
)

select
    placed.org_code, count(*) as events, count(*) filter (where placed.is_urgent) as urgent, max(placed.days_over) as days_at_most,
    any_value(kind.category) as category, any_value(kind.of_category) as of_category, any_value(holder.held_by) as held_by,
    any_value(holder.of_holder) as of_holder
from placed
left join kind on placed.org_code = kind.org_code
left join holder on placed.org_code = holder.org_code
group by placed.org_code
order by events desc, placed.org_code
