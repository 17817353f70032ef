-- Which promises have slipped, and which are due next? The ledger: what, by whom, since when, how late. Slipped first, the longest
-- first; then open ones by due day. content: what was promised, in the platform's words. age_days: null if it is promised on a
-- future day.
with worded as (
    select 'meeting_resolution' as kind, resolution_id as promise_key, content
    from marts.fct_meeting_resolution
    union all
    select 'alliance_commitment', commitment_id, content
    from marts.fct_alliance_commitment
)

select
    promise.kind, promise.promise_key, promise.org_code, promise.promised_by, promise.what, worded.content, promise.promised_on,
    promise.due_on, promise.kept_on, promise.status, promise.days_late, promise.as_of,
    coalesce(promise.promised_by, promise.org_code) as owner,
    case when promise.promised_on <= promise.as_of then date_diff('day', promise.promised_on, promise.as_of) end as age_days,
    case when promise.due_on >= promise.as_of then date_diff('day', promise.as_of, promise.due_on) end as days_left,
    promise.platform, promise.feed, promise.file_name, promise.row_number
from marts.promise as promise
left join worded on promise.kind = worded.kind and promise.promise_key = worded.promise_key
where starts_with(promise.org_code, $area) and promise.status in ('slipped', 'open')
order by promise.status desc, promise.days_late desc nulls last, promise.due_on, promise.kind, promise.promise_key
