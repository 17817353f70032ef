-- Only the newest day of this build: all days are split in the same way. Its date is a literal, so that only this day is computed.
-- An index is computed from scores rounded to nine places. Its logs enlarge that: by 70 where a score is below 0.3.
{%- set stale = ref('stale_period') %}
{%- set newest = run_query('select max(as_of) from ' ~ stale).columns[0][0] if execute %}
select
    org_code,
    as_of,
    period,
    pillar,
    max(score) as score,
    max(score_before) as score_before,
    sum(mix + performance) as explained
from {{ ref('index_change') }}
where as_of = cast({{ "'" ~ newest ~ "'" if newest else 'null' }} as date)
group by
    org_code,
    as_of,
    period,
    pillar
having not coalesce(abs(sum(mix + performance) - (max(score) - max(score_before))) <= 0.000001, false)
