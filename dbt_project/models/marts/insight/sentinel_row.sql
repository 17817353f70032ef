select distinct
    sentinel.finding_id,
    sentinel_case.fact,
    sentinel_case.fact_key,
    sentinel_case.platform,
    sentinel_case.feed,
    sentinel_case.business_date,
    sentinel_case.file_name,
    sentinel_case.row_number
from {{ ref('sentinel') }} as sentinel
inner join {{ ref('sentinel_case') }} as sentinel_case
    on sentinel.pattern = sentinel_case.pattern
    and sentinel.org_code = sentinel_case.org_code
    and coalesce(sentinel.subject, '') = coalesce(sentinel_case.subject, '')
    and sentinel.period_start = sentinel_case.period_start
