-- One list of values, its types said once: 79 selects of 26 literals each took a second to plan.
with

registered as (

    select entry.*
    from (
        values
        {%- for kpi_id, kpi in var('kpis').items() %}
        {%- set points = kpi.points or [none, none, none] %}
        {%- set is_band = kpi.direction == 'band' %}
        {%- set names = [] %}
        {%- for fact in facts_of(kpi) %}{% do names.append(var('facts')[fact].feed) %}{% endfor %}
        (
            {{ sql_text(kpi_id) }},
            {{ sql_text(kpi.zh) }},
            {{ sql_text(kpi.en) }},
            {{ sql_text(kpi.pillar) }},
            {{ sql_text(kpi.kind) }},
            {{ sql_number(kpi.window_days or none) }},
            {{ sql_text(kpi.unit) }},
            {{ sql_text(kpi.direction) }},
            {{ sql_number(none if is_band else points[0]) }},
            {{ sql_number(none if is_band else points[1]) }},
            {{ sql_number(none if is_band else points[2]) }},
            {{ sql_number(points[0] if is_band else none) }},
            {{ sql_number(points[1] if is_band else none) }},
            {{ sql_number(kpi.weight) }},
            {{ 'true' if kpi.headline else 'false' }},
            {{ sql_text(kpi.num.en) }},
            {{ sql_text((kpi.den or {}).en) }},
            {{ sql_text(names | unique | sort | join(', ')) }},
            {{ sql_text(kpi.owner) }},
            {{ sql_text(kpi.version | string) }},
            {{ sql_text(kpi.day.en) }},
            {{ sql_text(kpi.day.zh) }},
            {{ sql_text(kpi.num.zh) }},
            {{ sql_text((kpi.den or {}).zh) }},
            {{ sql_text(kpi.caveats.en) }},
            {{ sql_text(kpi.caveats.zh) }}
        ){{ ',' if not loop.last }}
        {%- endfor %}
    ) as entry (
        kpi_id,
        zh,
        en,
        pillar,
        kind,
        window_days,
        unit,
        direction,
        red_line,
        target,
        stretch,
        band_low,
        band_high,
        weight,
        is_headline,
        numerator,
        denominator,
        feeds,
        owner,
        version,
        cohort_day,
        cohort_day_zh,
        numerator_zh,
        denominator_zh,
        caveats,
        caveats_zh
    )

)

select
    cast(registered.kpi_id as {{ dbt.type_string() }}) as kpi_id,
    cast(registered.zh as {{ dbt.type_string() }}) as zh,
    cast(registered.en as {{ dbt.type_string() }}) as en,
    cast(registered.pillar as {{ dbt.type_string() }}) as pillar,
    cast(registered.kind as {{ dbt.type_string() }}) as kind,
    cast(registered.window_days as bigint) as window_days,
    cast(registered.unit as {{ dbt.type_string() }}) as unit,
    cast(registered.direction as {{ dbt.type_string() }}) as direction,
    cast(registered.red_line as double) as red_line,
    cast(registered.target as double) as target,
    cast(registered.stretch as double) as stretch,
    cast(registered.band_low as double) as band_low,
    cast(registered.band_high as double) as band_high,
    cast(registered.weight as double) as weight,
    cast(registered.is_headline as boolean) as is_headline,
    cast(registered.numerator as {{ dbt.type_string() }}) as numerator,
    cast(registered.denominator as {{ dbt.type_string() }}) as denominator,
    cast(registered.feeds as {{ dbt.type_string() }}) as feeds,
    cast(registered.owner as {{ dbt.type_string() }}) as owner,
    cast(registered.version as {{ dbt.type_string() }}) as version,
    cast(registered.cohort_day as {{ dbt.type_string() }}) as cohort_day,
    cast(registered.cohort_day_zh as {{ dbt.type_string() }}) as cohort_day_zh,
    cast(registered.numerator_zh as {{ dbt.type_string() }}) as numerator_zh,
    cast(registered.denominator_zh as {{ dbt.type_string() }}) as denominator_zh,
    cast(registered.caveats as {{ dbt.type_string() }}) as caveats,
    cast(registered.caveats_zh as {{ dbt.type_string() }}) as caveats_zh
from registered
