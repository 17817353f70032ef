select
    code as district_code,
    name as district_name,
    title_zh,
    title_en,
    letter
from {{ ref('home_district') }}
