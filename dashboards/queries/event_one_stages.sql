-- How long did one event stay in each stage, who held it, and on which level?
select
    stage, stage_number, entered_at, left_at, hours, level, held_by, hours_at_community, hours_at_street, hours_at_district, is_current
from marts.event_stage
where event_id = $event
order by stage_number
