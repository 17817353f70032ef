select distinct
    household_id,
    visit_every_days,
    visited_on,
    lapsed_on
from ({{ care_visits() }}) as care_visit
