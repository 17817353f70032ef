-- What are the columns of the published tables called in Chinese? To name the field of a rejected row.
select replace(replace(table_name, 'marts.fct_', ''), 'marts.dim_', '') as feed, column_name, zh
from meta.catalog
where column_name is not null and zh is not null and starts_with(table_name, 'marts.')
