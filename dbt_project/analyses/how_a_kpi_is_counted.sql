select
    zh,
    kind,
    cohort_day_zh,
    denominator_zh,
    numerator_zh,
    red_line,
    target,
    stretch,
    feeds,
    owner,
    caveats_zh
from marts.kpi_definition
where kpi_id = 'event_on_time_close_rate'
