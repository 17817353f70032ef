select
    platform,
    platform_title,
    feed,
    title,
    delivery,
    format,
    available_at,
    contract_version,
    owner
from {{ source('ledger', 'feed') }}
