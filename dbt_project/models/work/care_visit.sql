select distinct
    visit.household_id,
    care_household.visit_every_days,
    visit.started_on as visited_on,
    {{ days_later('care_household.visit_every_days', 'visit.started_on') }} as lapsed_on
from {{ ref('fct_visit') }} as visit
inner join {{ ref('dim_care_household') }} as care_household
    on visit.household_id = care_household.household_id
where visit.is_valid
