{{ config(severity='warn') }}
select
    event_id,
    reported_at,
    closed_at,
    file_name,
    row_number
from {{ ref('fct_event') }}
where closed_at < reported_at
