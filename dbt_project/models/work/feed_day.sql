select
    business_date,
    platform,
    feed,
    district_code,
    is_on_time,
    rows_counted,
    rows_accepted
from ({{ feeds_expected() }}) as feed_day
