select
    category,
    count(*) as events,
    count(*) filter (where source = 'grid_patrol') as grid_patrol,
    count(*) filter (where source = 'home_visit') as home_visit,
    count(*) filter (where source = 'snap_report') as snap_report,
    count(*) filter (where source = 'hotline_12345') as hotline_12345,
    count(*) filter (where source not in ('grid_patrol', 'home_visit', 'snap_report', 'hotline_12345')) as other
from marts.fct_event
where is_countable
    and is_known_community
    and reported_on > (select b.data_through from meta.build as b) - 30
group by category
order by events desc, category asc
