select
    kind,
    position,
    pattern,
    zh,
    nullif(mend_zh, '') as mend_zh,
    nullif(en, '') as en,
    nullif(mend_en, '') as mend_en
from {{ ref('reason_word') }}
