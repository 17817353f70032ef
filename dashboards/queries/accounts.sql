-- How are the workers' accounts used: by people in post, on site, one visit after another? One row per account with a visit in the 28 days to
-- as_of, the newest of the days that are counted (last days of months, newest day); community_code: where most of its visits were.
-- out_of_post: visits on a day on which the register does not have the person in post; busiest_minute: most visits begun in one minute.
with used as (
    select
        as_of, worker_id, arg_max(community_code, (visits, community_code)) as community_code, sum(visits) as visits,
        sum(out_of_post) as out_of_post, sum(off_site) as off_site, sum(visits - valid_visits) as invalid, max(busiest_minute) as busiest_minute
    from marts.account_use
    where
        starts_with(community_code, $area)
        and as_of = (select max(newest.as_of) from marts.account_use as newest where newest.as_of <= cast($last as date))
    group by as_of, worker_id
)

select *, count(*) over () as in_all
from used
order by out_of_post desc, busiest_minute desc, invalid / visits desc, visits desc, worker_id
limit 3000
