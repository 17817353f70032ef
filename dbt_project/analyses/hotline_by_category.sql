select
    category,
    count(*) as called_back,
    count(is_resolved) as with_an_answer,
    count(*) filter (where is_resolved) as resolved,
    count(satisfaction) as rated,
    count(*) filter (where satisfaction in ('satisfied', 'fairly_satisfied')) as satisfied,
    count(*) < 5 as is_small_n
from marts.fct_hotline_order
where is_known_community
    and called_back_on > (select b.data_through from meta.build as b) - 30
group by category
order by called_back desc, category asc
