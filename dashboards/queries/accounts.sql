-- How are the workers' accounts used in a range of days: by people in post, on site, one visit after another? One row per account with a visit;
-- out_of_post: visits on a day on which the register does not have the person in post; busiest_minute: most visits begun in one minute.
with used as (
    select visit.*, worker.worker_id is not null as is_in_post
    from marts.fct_visit as visit
    left join marts.dim_worker as worker
        on visit.worker_id = worker.worker_id
        and worker.valid_from <= visit.started_on and (worker.valid_to is null or worker.valid_to > visit.started_on)
        and worker.open_from_on <= visit.started_on and (worker.open_to_on is null or worker.open_to_on > visit.started_on)
    where
        visit.is_known_community and starts_with(visit.community_code, $area)
        and visit.started_on between cast($first as date) and cast($last as date)
),

minute as (
    select worker_id, max(visits) as busiest_minute
    from (select worker_id, date_trunc('minute', started_at) as began, count(*) as visits from used group by all) as begun
    group by worker_id
)

select
    used.worker_id, arg_max(used.community_code, (used.started_at, used.visit_id)) as community_code, count(*) as visits,
    count(*) filter (where not used.is_in_post) as out_of_post,
    count(*) filter (where not used.on_site) as off_site,
    count(*) filter (where not used.is_valid) as invalid,
    max(minute.busiest_minute) as busiest_minute,
    max(used.started_on) as newest
from used
inner join minute on used.worker_id = minute.worker_id
group by used.worker_id
order by out_of_post desc, busiest_minute desc, invalid / visits desc, visits desc, used.worker_id
limit 3000
