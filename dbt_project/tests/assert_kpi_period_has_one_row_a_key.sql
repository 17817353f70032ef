-- Periods that this build counted: each once, with a state, within the limits of a score; a value lies in its interval, what is exact
-- has none, a window that is still filling and what never came have no score.
select
    kpi_id,
    org_code,
    as_of,
    period,
    count(*) as row_count
from {{ ref('kpi_period') }}
where {{ counted_in_this_build('kpi_id', 'as_of') }}
group by
    kpi_id,
    org_code,
    as_of,
    period
having count(*) > 1
    or count(status) = 0
    or max(score) > 100
    or min(score) < 0
    or max(case when status = 'ok' and value is null then 1 else 0 end) = 1
    or max(case when status = 'not_applicable' and value is not null then 1 else 0 end) = 1
    or max(case when value not between low90 and high90 then 1 else 0 end) = 1
    or max(case when is_exact and (low90 is not null or value_smoothed is not null or status = 'small_n') then 1 else 0 end) = 1
    or max(case when status in ('warming_up', 'no_data') and score is not null then 1 else 0 end) = 1
    or max(case when status = 'no_data' and band is not null then 1 else 0 end) = 1
