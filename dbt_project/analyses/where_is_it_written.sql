select
    table_name,
    column_name,
    zh,
    data_type,
    description
from meta.catalog
where column_name is not null
    and zh like '%户数%'
order by table_name, column_name
