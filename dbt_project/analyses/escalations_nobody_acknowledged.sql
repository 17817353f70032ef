select
    o.org_name,
    count(*) as escalations,
    count(*) filter (where not f.is_acknowledged_4h) as not_acknowledged_4h
from marts.fct_event_flow as f
inner join marts.dim_org as o
    on f.street_code = o.org_code
where f.action = 'escalate'
    and f.is_countable
    and f.acted_on > (select b.data_through from meta.build as b) - 30
group by o.org_name
order by not_acknowledged_4h desc, o.org_name asc
