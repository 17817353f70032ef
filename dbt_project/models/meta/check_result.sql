select
    check_name,
    platform,
    feed,
    business_date,
    status,
    observed,
    expected,
    detail
from {{ source('ledger', 'check_result') }}
