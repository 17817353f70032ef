-- How many care households of an area are there by category, and how many were visited on schedule? Counted on one day of a generation;
-- no row if the counts are hidden because some are of one to four households.
select as_of, care_category, households, visited
from marts.care_household_count
where org_code = $area and care_category <> 'all' and not is_hidden and households > 0
order by households desc, care_category
