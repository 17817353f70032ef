{{ config(materialized='view') }}
{#- Published as a view: its relations are named without the working file. Each step is used once, so that a query for one
organisation and day reads only their rows. -#}
{%- set index_daily = ref('index_daily').include(database=false) -%}
{%- set kpi_period = ref('kpi_period').include(database=false) -%}
{%- set kpi_target = ref('kpi_target').include(database=false) -%}
{%- set kpi_definition = ref('kpi_definition').include(database=false) -%}
{%- set periods = ['month', 'quarter', 'year'] -%}
with

compared_with as (

    {%- for period in ['30d'] + periods %}
    select '{{ period }}' as period
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

index_kind as (

    select false as is_overall
    union all
    select true as is_overall

),

scored as (

    select
        now.kpi_id,
        now.org_level,
        now.org_code,
        now.as_of,
        compared_with.period,
        before.as_of as before_as_of,
        kpi_definition.pillar,
        case when before.score is not null then target_before.weight else 0 end as weight_before,
        case when now.score is not null then target.weight else 0 end as weight,
        before.score as kpi_score_before,
        now.score as kpi_score
    from {{ kpi_period }} as now
    cross join compared_with
    inner join {{ kpi_period }} as before
        on now.kpi_id = before.kpi_id
        and now.org_code = before.org_code
        and before.period = '30d'
        and before.as_of = case compared_with.period
            {%- for period in periods %}
            when '{{ period }}' then {{ days_later(-1, 'cast(' ~ dbt.date_trunc(period, 'now.as_of') ~ ' as date)') }}
            {%- endfor %}
            else {{ days_later(-30, 'now.as_of') }}
        end
    inner join {{ kpi_definition }} as kpi_definition
        on now.kpi_id = kpi_definition.kpi_id
        and kpi_definition.pillar in ('safe', 'convenient', 'beautiful', 'happy', 'organisation')
    inner join {{ kpi_target }} as target
        on now.kpi_id = target.kpi_id
        and now.org_code = target.org_code
        and {{ in_force('target', 'now.as_of') }}
    inner join {{ kpi_target }} as target_before
        on before.kpi_id = target_before.kpi_id
        and before.org_code = target_before.org_code
        and {{ in_force('target_before', 'before.as_of') }}
    where now.period = '30d'
        and (now.score is not null or before.score is not null)
        and (
            compared_with.period = '30d'
            or cast({{ dbt.date_trunc('month', days_later(1, 'now.as_of')) }} as date) > now.as_of
            or now.as_of = (select max(newest.as_of) from {{ index_daily }} as newest)
        )

),

shared as (

    select
        scored.*,
        scored.weight_before / nullif(cast(sum(cast(scored.weight_before as decimal(18, 6))) over index_of_org as double), 0) as share_before,
        scored.weight / nullif(cast(sum(cast(scored.weight as decimal(18, 6))) over index_of_org as double), 0) as share
    from scored
    window index_of_org as (partition by scored.org_level, scored.org_code, scored.as_of, scored.period, scored.pillar)

),

-- A pillar is the sum of share times score. If a KPI has a score on one of the dates only, that score is used for both: its
-- appearance or disappearance is then entirely mix.
split as (

    select
        shared.*,
        before.score as score_before,
        now.score,
        overall_before.score as overall_before,
        overall.score as overall,
        (shared.share - shared.share_before)
        * (
            coalesce(shared.kpi_score_before, shared.kpi_score) + coalesce(shared.kpi_score, shared.kpi_score_before)
            - before.score - now.score
        ) / 2 as mix,
        (shared.share_before + shared.share) / 2
        * (coalesce(shared.kpi_score, shared.kpi_score_before) - coalesce(shared.kpi_score_before, shared.kpi_score)) as performance
    from shared
    inner join {{ index_daily }} as now
        on shared.org_code = now.org_code
        and shared.as_of = now.as_of
        and shared.pillar = now.pillar
    inner join {{ index_daily }} as before
        on shared.org_code = before.org_code
        and shared.before_as_of = before.as_of
        and shared.pillar = before.pillar
    left join {{ index_daily }} as overall
        on shared.org_code = overall.org_code
        and shared.as_of = overall.as_of
        and overall.pillar = 'overall'
        and shared.pillar <> 'organisation'
    left join {{ index_daily }} as overall_before
        on shared.org_code = overall_before.org_code
        and shared.before_as_of = overall_before.as_of
        and overall_before.pillar = 'overall'
        and shared.pillar <> 'organisation'
    where before.score is not null
        and now.score is not null

),

-- The overall index is the fourth root of a product, a sum in logs: a pillar's part in its change is a quarter of the pillar's own
-- change in logs, brought to scale by the overall's change over its change in logs. A 0 has no log. For nearly equal
-- numbers the difference in logs is only noise, and their mean is as good as the quotient.
scaled as (

    select
        split.*,
        case
            when abs(split.score - split.score_before) <= 1e-6 * (split.score_before + split.score) then (split.score_before + split.score) / 2
            when split.score_before > 0 and split.score > 0 then (split.score - split.score_before) / ln(split.score / split.score_before)
        end as change_over_logs,
        case
            when abs(split.overall - split.overall_before) <= 1e-6 * (split.overall_before + split.overall) then (split.overall_before + split.overall) / 2
            when split.overall_before > 0 and split.overall > 0 then (split.overall - split.overall_before) / ln(split.overall / split.overall_before)
        end as overall_change_over_logs
    from split

),

told as (

    select
        scaled.*,
        index_kind.is_overall,
        case
            when index_kind.is_overall then scaled.overall_change_over_logs / (4 * nullif(scaled.change_over_logs, 0))
            else 1
        end as factor
    from scaled
    cross join index_kind

)

select
    org_level,
    org_code,
    as_of,
    period,
    before_as_of,
    case when is_overall then 'overall' else pillar end as pillar,
    case when is_overall then overall_before else score_before end as score_before,
    case when is_overall then overall else score end as score,
    kpi_id,
    share_before,
    share,
    kpi_score_before,
    kpi_score,
    mix * factor as mix,
    performance * factor as performance
from told
where factor is not null
