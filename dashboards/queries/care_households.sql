-- Which care households were not visited as often as they should be, and since when? One row per household registered long enough on a
-- day, as care_visit_on_schedule_rate counts them; days_since: since the newest valid visit, of any kind. Their grid and category are
-- not published: care_kinds counts those.
with due as (
    select household_id, community_code, visit_every_days, registered_on, file_name, row_number
    from marts.dim_care_household
    where
        is_known_community and starts_with(community_code, $area) and due_from_on <= cast($last as date)
        and {in_force}
),

newest as (
    select household_id, max(started_on) as visited_on
    from marts.fct_visit
    where is_valid and is_known_community and started_on <= cast($last as date)
    group by household_id
)

select
    due.community_code, due.visit_every_days, due.registered_on, newest.visited_on,
    date_diff('day', coalesce(newest.visited_on, due.registered_on), cast($last as date)) as days_since,
    coalesce(newest.visited_on > cast($last as date) - cast(due.visit_every_days as integer), false) as is_on_schedule,
    due.file_name, due.row_number
from due
left join newest on due.household_id = newest.household_id
order by is_on_schedule, days_since - due.visit_every_days desc, due.community_code, due.row_number
