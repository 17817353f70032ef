select
    platform,
    feed,
    business_date,
    cast(revision as bigint) as revision,
    file_name,
    sha256,
    received_at,
    state,
    reason,
    rows_counted,
    rows_loaded,
    rows_rejected,
    rows_duplicate,
    rows_superseded,
    rows_erased
from {{ source('ledger', 'delivery') }}
