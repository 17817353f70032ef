-- What do residents suggest in a period, and what happens to it?
select
    topic, count(*) as raised, count(*) filter (where replied_at is not null) as replied,
    count(*) filter (where is_replied_on_time) as replied_on_time, count(*) filter (where adopted) as adopted,
    count(adopted) as decided, count(*) filter (where replied_at is null and reply_due_on <= cast($last as date)) as waiting
from marts.fct_suggestion
where is_known_community and starts_with(community_code, $area) and raised_on between cast($first as date) and cast($last as date)
group by topic
order by raised desc, topic
