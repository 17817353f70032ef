-- What are the Chinese texts of offices and kinds of events in English?
select code as zh, any_value(en) as en
from marts.dim_code
where code = zh and en is not null
group by code
