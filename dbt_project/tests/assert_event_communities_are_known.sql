{{ config(severity='warn') }}
select
    event_id,
    community_code,
    file_name,
    row_number
from {{ ref('fct_event') }}
where not is_known_community
