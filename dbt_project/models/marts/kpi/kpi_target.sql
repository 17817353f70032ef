with

kpi as (

    select *
    from {{ ref('kpi_definition') }}
    where direction <> 'none'

),

org as (

    select
        org_level,
        org_code
    from {{ ref('dim_org') }}

),

-- An override applies to its organisation and all below it; the closest one wins, then the newest.
override as (

    select
        org.org_code,
        given.kpi_id,
        given.valid_from,
        given.red_line,
        given.target,
        given.stretch,
        given.band_low,
        given.band_high,
        given.weight,
        length(coalesce(given.org_code, '')) * 1000000
        + {{ dbt.datediff("cast('1900-01-01' as date)", 'given.valid_from', 'day') }} as precedence
    from {{ ref('kpi_override') }} as given
    inner join org
        on org.org_code like concat(coalesce(given.org_code, ''), '%')

),

turn as (

    select
        kpi.kpi_id,
        org.org_code,
        date '1900-01-01' as valid_from
    from kpi
    cross join org

    union

    select
        kpi_id,
        org_code,
        valid_from
    from override

),

in_force as (

    select
        turn.kpi_id,
        turn.org_code,
        turn.valid_from,
        {%- for column in ['red_line', 'target', 'stretch', 'band_low', 'band_high', 'weight'] %}
        max_by(override.{{ column }}, override.precedence) filter (where override.{{ column }} is not null) as {{ column }},
        {%- endfor %}
        count(override.kpi_id) as overrides
    from turn
    left join override
        on turn.kpi_id = override.kpi_id
        and turn.org_code = override.org_code
        and turn.valid_from >= override.valid_from
    group by turn.kpi_id, turn.org_code, turn.valid_from

)

select
    in_force.kpi_id,
    org.org_level,
    in_force.org_code,
    in_force.valid_from,
    lead(in_force.valid_from) over (partition by in_force.kpi_id, in_force.org_code order by in_force.valid_from) as valid_to,
    coalesce(in_force.red_line, kpi.red_line) as red_line,
    coalesce(in_force.target, kpi.target) as target,
    coalesce(in_force.stretch, kpi.stretch) as stretch,
    coalesce(in_force.band_low, kpi.band_low) as band_low,
    coalesce(in_force.band_high, kpi.band_high) as band_high,
    coalesce(in_force.weight, kpi.weight) as weight
from in_force
inner join kpi
    on in_force.kpi_id = kpi.kpi_id
inner join org
    on in_force.org_code = org.org_code
order by in_force.kpi_id, in_force.org_code, in_force.valid_from
