{{ config(materialized='view') }}
{#- Published as a view: its relations are named without the working file. -#}
{%- set kpi_period = ref('kpi_period').include(database=false) -%}
{%- set kpi_definition = ref('kpi_definition').include(database=false) -%}
{%- set sums = ['numerator_before', 'denominator_before', 'n_before', 'numerator', 'denominator', 'n'] -%}
with

unit as (

    select
        kpi_id,
        {{ factor_of('unit') }} as factor
    from {{ kpi_definition }}

),

compared as (

    select
        kpi_period.kpi_id,
        kpi_period.org_level,
        kpi_period.org_code,
        kpi_period.as_of,
        kpi_period.period,
        before.as_of as before_as_of,
        before.numerator as numerator_before,
        before.denominator as denominator_before,
        coalesce(before.n, 0) as n_before,
        before.value as value_before,
        kpi_period.numerator,
        kpi_period.denominator,
        coalesce(kpi_period.n, 0) as n,
        kpi_period.value
    from {{ kpi_period }} as kpi_period
    inner join {{ kpi_period }} as before
        on kpi_period.kpi_id = before.kpi_id
        and kpi_period.org_code = before.org_code
        and kpi_period.period = before.period
        and before.as_of = case kpi_period.period
            when '30d' then {{ days_later(-30, 'kpi_period.as_of') }}
            {%- for period in ['month', 'quarter', 'year'] %}
            when '{{ period }}' then {{ days_later(-1, 'cast(' ~ dbt.date_trunc(period, 'kpi_period.as_of') ~ ' as date)') }}
            {%- endfor %}
        end
    where kpi_period.denominator is not null

),

-- An organisation minus those below it. Decimals: a sum must not depend on the order of its parts.
signed as (

    select
        kpi_id,
        org_code,
        as_of,
        {%- for column in sums %}
        cast({{ column }} as decimal(38, 15)) as {{ column }},
        {%- endfor %}
        period
    from compared
    where org_level <> 'community'

    union all

    select
        kpi_id,
        substr(org_code, 1, case org_level when 'community' then {{ code_lengths().street }} else {{ code_lengths().district }} end) as org_code,
        as_of,
        {%- for column in sums %}
        -cast({{ column }} as decimal(38, 15)) as {{ column }},
        {%- endfor %}
        period
    from compared
    where org_level <> 'district'

),

-- The organisations below, and what the organisation counts in addition: rows of a feed without communities, KPIs that exist only
-- for the district. In sums of fractions the last digit is noise.
part as (

    select
        kpi_id,
        substr(org_code, 1, case org_level when 'community' then {{ code_lengths().street }} else {{ code_lengths().district }} end) as org_code,
        as_of,
        period,
        {%- for column in sums %}
        {{ column }},
        {%- endfor %}
        org_code as part_code
    from compared
    where org_level <> 'district'

    union all

    select
        kpi_id,
        org_code,
        as_of,
        period,
        {%- for column in sums %}
        case
            when cast(abs(sum({{ column }})) as double) > 1e-9 * cast(sum(abs({{ column }})) as double) then cast(sum({{ column }}) as double)
            else 0
        end as {{ column }},
        {%- endfor %}
        org_code as part_code
    from signed
    group by kpi_id, org_code, as_of, period

),

-- If a part has no rate in one of the periods, the other's rate is used: its appearance or disappearance is then entirely mix.
weighed as (

    select
        whole.kpi_id,
        whole.org_level,
        whole.org_code,
        whole.as_of,
        whole.period,
        whole.before_as_of,
        whole.value_before,
        whole.value,
        part.part_code,
        part.denominator_before / whole.denominator_before as share_before,
        part.denominator / whole.denominator as share,
        part.denominator_before as part_denominator_before,
        part.denominator as part_denominator,
        part.n_before as part_n_before,
        part.n as part_n,
        part.numerator_before / nullif(part.denominator_before, 0) * unit.factor as part_value_before,
        part.numerator / nullif(part.denominator, 0) * unit.factor as part_value,
        (
            case when part.denominator = 0 then part.numerator else 0 end / whole.denominator
            - case when part.denominator_before = 0 then part.numerator_before else 0 end / whole.denominator_before
        ) * unit.factor as change_without_denominator
    from compared as whole
    inner join part
        on whole.kpi_id = part.kpi_id
        and whole.org_code = part.org_code
        and whole.as_of = part.as_of
        and whole.period = part.period
    inner join unit
        on whole.kpi_id = unit.kpi_id
    where whole.org_level <> 'community'
        and whole.value_before is not null
        and whole.value is not null
        and (part.numerator_before <> 0 or part.denominator_before <> 0 or part.numerator <> 0 or part.denominator <> 0)

)

select
    kpi_id,
    org_level,
    org_code,
    as_of,
    period,
    before_as_of,
    value_before,
    value,
    part_code,
    part_denominator_before,
    part_denominator,
    share_before,
    share,
    part_value_before,
    part_value,
    (share - share_before)
    * (coalesce(part_value_before, part_value, 0) + coalesce(part_value, part_value_before, 0) - value_before - value) / 2
    + change_without_denominator as mix,
    (share_before + share) / 2
    * (coalesce(part_value, part_value_before, 0) - coalesce(part_value_before, part_value, 0)) as performance,
    part_n_before,
    part_n
from weighed
