-- The district that the installation was set up for: one row, or none.
select district_code, title_zh, title_en, letter
from meta.district
