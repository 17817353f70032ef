select
    o.org_name,
    c.value_before as district_before,
    c.value as district_now,
    c.part_value_before,
    c.part_value,
    c.share_before,
    c.share,
    c.performance,
    c.mix
from marts.kpi_change('event_on_time_close_rate', null, null) as c
inner join marts.dim_org as o
    on c.part_code = o.org_code
where c.org_level = 'district'
    and c.period = '30d'
    and c.as_of = (select b.data_through from meta.build as b)
order by c.performance + c.mix, o.org_name
