-- The evidence rows of a number add up to it, for every organisation on the newest day: for all KPIs in a full build, for every
-- eighth one in other builds, so that each is checked once in eight days.
{%- set calendar = ref('dim_date') -%}
{%- set found = run_query(
    'select max(date_day), (select count(*) from work.rebuild) from ' ~ calendar
).rows[0] if execute else [none, 0] -%}
{%- set newest_day, rebuilds = found[0], found[1] -%}
{%- set asked = [] -%}
{%- for kpi_id in registered_kpis() -%}
{%- if newest_day and (rebuilds or loop.index % 8 == newest_day.toordinal() % 8) %}{% do asked.append(kpi_id) %}{% endif -%}
{%- endfor %}
{%- set condition -%}
kpi_date = {{ "date '" ~ newest_day ~ "'" if newest_day else 'null' }}
        and kpi_id in ('{{ asked | join("',\n            '") }}')
{%- endset %}
with

evidence as (

    select
        kpi_id,
        org_code,
        sum(numerator) as numerator,
        sum(denominator) as denominator
    from {{ ref('kpi_evidence') }}
    where {{ condition }}
        and kpi_id not in (select unconnected.kpi_id from work.unconnected_kpi as unconnected)
    group by kpi_id, org_code

),

counted as (

    select
        kpi_id,
        org_code,
        numerator,
        coalesce(denominator, 0) as denominator
    from {{ ref('kpi_daily') }}
    where {{ condition }}

)

select
    coalesce(counted.kpi_id, evidence.kpi_id) as kpi_id,
    coalesce(counted.org_code, evidence.org_code) as org_code,
    counted.numerator,
    evidence.numerator as numerator_behind,
    counted.denominator,
    evidence.denominator as denominator_behind
from counted
full outer join evidence
    on counted.kpi_id = evidence.kpi_id
    and counted.org_code = evidence.org_code
where abs(coalesce(counted.numerator, 0) - coalesce(evidence.numerator, 0)) > 0.000001 * (1 + abs(coalesce(counted.numerator, 0)))
    or abs(coalesce(counted.denominator, 0) - coalesce(evidence.denominator, 0)) > 0.000001 * (1 + abs(coalesce(counted.denominator, 0)))
