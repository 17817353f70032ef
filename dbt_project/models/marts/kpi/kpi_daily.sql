{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ forget_stale_cells() }}"
) }}
{%- set factors = unit_factors() -%}
with

kpi as (

    -- Values, not selects: on Spark each of these would be a step of its own wherever this is read.
    select registered.*
    from (
        values
        {%- for kpi_id, kpi in registered_kpis().items() %}
        (
            '{{ kpi_id }}',
            '{{ kpi.kind }}',
            {{ 'true' if kpi.den else 'false' }},
            cast({{ scale_of(kpi.num) }} as double),
            cast({{ scale_of(kpi.den) }} as double),
            cast({{ factors[kpi.unit] }} as double)
        ){{ ',' if not loop.last }}
        {%- endfor %}
    ) as registered (kpi_id, kind, has_denominator, numerator_scale, denominator_scale, factor)

),

org_level as (

    select listed.*
    from (
        values
        {%- for org_level in ['district', 'street', 'community'] %}
        ('{{ org_level }}', {{ code_lengths()[org_level] }}){{ ',' if not loop.last }}
        {%- endfor %}
    ) as listed (org_level, code_length)

),

-- A code begins with the codes above it, so every level is the same sum over a shorter code.
rolled_up as (

    select
        measure.kpi_id,
        kpi.kind,
        org_level.org_level,
        substr(measure.org_code, 1, org_level.code_length) as org_code,
        measure.from_on,
        measure.to_on,
        sum(measure.numerator) as numerator,
        sum(measure.denominator) as denominator,
        sum(measure.row_count) as row_count,
        sum(measure.n) as n,
        sum(measure.numerator_squares) as numerator_squares,
        sum(measure.products) as products,
        sum(measure.denominator_squares) as denominator_squares
    from {{ ref('measure') }} as measure
    inner join kpi
        on measure.kpi_id = kpi.kpi_id
    inner join org_level
        on length(measure.org_code) >= org_level.code_length
    group by
        measure.kpi_id,
        kpi.kind,
        org_level.org_level,
        substr(measure.org_code, 1, org_level.code_length),
        measure.from_on,
        measure.to_on

),

-- The amount of a span of days is added on its first day and subtracted after its last; the running sum up to a day is that day's number.
step as (

    select
        kpi_id,
        org_level,
        org_code,
        from_on as step_on,
        numerator,
        denominator,
        row_count,
        0 as is_cell
    from rolled_up
    where kind <> 'flow'

    union all

    select
        kpi_id,
        org_level,
        org_code,
        to_on as step_on,
        -numerator as numerator,
        -denominator as denominator,
        -row_count as row_count,
        0 as is_cell
    from rolled_up
    where kind <> 'flow'

    union all

    select
        org.kpi_id,
        org.org_level,
        org.org_code,
        stale_cell.kpi_date as step_on,
        cast(0 as decimal(38, 6)) as numerator,
        cast(0 as decimal(38, 6)) as denominator,
        0 as row_count,
        1 as is_cell
    from (
        select distinct
            kpi_id,
            org_level,
            org_code
        from rolled_up
        where kind <> 'flow'
    ) as org
    inner join {{ ref('stale_cell') }} as stale_cell
        on org.kpi_id = stale_cell.kpi_id

),

running as (

    select
        kpi_id,
        org_level,
        org_code,
        step_on,
        is_cell,
        sum(numerator) over cell as numerator,
        sum(denominator) over cell as denominator,
        sum(row_count) over cell as row_count
    from step
    window cell as (
        partition by kpi_id, org_level, org_code
        order by step_on, is_cell
        rows unbounded preceding
    )

),

cell as (

    select
        kpi_id,
        org_level,
        org_code,
        from_on as kpi_date,
        numerator,
        denominator,
        n,
        numerator_squares,
        products,
        denominator_squares
    from rolled_up
    where kind = 'flow'
        and (numerator <> 0 or denominator <> 0)

    union all

    select
        kpi_id,
        org_level,
        org_code,
        step_on as kpi_date,
        numerator,
        denominator,
        null as n,
        null as numerator_squares,
        null as products,
        null as denominator_squares
    from running
    where is_cell = 1
        and row_count <> 0

),

scaled as (

    select
        cell.kpi_id,
        cell.org_level,
        cell.org_code,
        cell.kpi_date,
        kpi.factor,
        {{ as_double('cell.numerator', 6) }} / kpi.numerator_scale as numerator,
        case when kpi.has_denominator then {{ as_double('cell.denominator', 6) }} / kpi.denominator_scale end as denominator,
        case when kpi.has_denominator then cast(cell.n as bigint) end as n,
        {{ as_double('cell.numerator_squares', 9) }} as numerator_squares,
        {{ as_double('cell.products', 9) }} as products,
        {{ as_double('cell.denominator_squares', 9) }} as denominator_squares
    from cell
    inner join kpi
        on cell.kpi_id = kpi.kpi_id
    where cell.kpi_id not in (select unconnected.kpi_id from work.unconnected_kpi as unconnected)

)

select
    kpi_id,
    org_level,
    org_code,
    kpi_date,
    numerator,
    denominator,
    case
        when denominator is null then numerator
        when denominator <> 0 then numerator / denominator * factor
    end as value,
    n,
    numerator_squares,
    products,
    denominator_squares
from scaled
order by kpi_id, org_level, org_code, kpi_date
