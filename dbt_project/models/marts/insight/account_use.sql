with

day as (

    select date_day as as_of
    from {{ ref('dim_date') }}
    where {{ days_later(1, 'date_day') }} = {{ month_start(days_later(1, 'date_day')) }}
        or date_day = (select max(newest.date_day) from {{ ref('dim_date') }} as newest)

),

begun as (

    select
        day.as_of,
        visit.worker_id,
        visit.community_code,
        visit.started_on,
        extract(hour from visit.started_at) as started_hour,
        extract(minute from visit.started_at) as started_minute,
        count(*) as visits,
        count(case when visit.is_valid then 1 end) as valid_visits,
        count(case when not visit.on_site then 1 end) as off_site,
        count(case when worker.worker_id is null then 1 end) as out_of_post
    from {{ ref('fct_visit') }} as visit
    inner join day
        on visit.started_on <= day.as_of
        and visit.started_on > {{ days_later(-28, 'day.as_of') }}
    left join {{ ref('dim_worker') }} as worker
        on visit.worker_id = worker.worker_id
        and {{ in_force('worker', 'visit.started_on', 'open_from_on', 'open_to_on') }}
    where visit.is_known_community
        and visit.worker_id is not null
    group by
        day.as_of,
        visit.worker_id,
        visit.community_code,
        visit.started_on,
        extract(hour from visit.started_at),
        extract(minute from visit.started_at)

)

select
    as_of,
    worker_id,
    community_code,
    {{ code_of('street', 'community_code') }} as street_code,
    {{ code_of('district', 'community_code') }} as district_code,
    cast(sum(visits) as bigint) as visits,
    cast(sum(valid_visits) as bigint) as valid_visits,
    cast(sum(off_site) as bigint) as off_site,
    cast(sum(out_of_post) as bigint) as out_of_post,
    cast(max(visits) as bigint) as busiest_minute
from begun
group by as_of, worker_id, community_code
