select
    delivery.platform,
    delivery.feed,
    delivery.business_date,
    delivery.file_name,
    rejected_row.row_number,
    rejected_row.reasons,
    rejected_row.raw
from {{ source('ledger', 'rejected_row') }} as rejected_row
inner join {{ source('ledger', 'delivery') }} as delivery
    on rejected_row.delivery_id = delivery.delivery_id
