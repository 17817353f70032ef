select
    level,
    count(*) as closed,
    median(microseconds_to_close) / 3600000000 as median_hours,
    quantile_cont(microseconds_to_close, 0.9) / 3600000000 as ninth_decile_hours,
    count(*) < 5 as is_small_n
from marts.fct_event
where is_countable
    and is_known_community
    and closed_on > (select b.data_through from meta.build as b) - 30
    and microseconds_to_close >= 0
group by level
order by closed desc, level asc
