select
    platform,
    feed,
    file_name,
    rows_counted,
    rows_loaded,
    rows_rejected,
    rows_duplicate,
    rows_superseded
from {{ ref('delivery') }}
where coalesce(rows_counted <> rows_loaded + rows_rejected + rows_duplicate + rows_superseded, true)
