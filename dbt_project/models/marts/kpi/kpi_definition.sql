-- One list of values with types given once: 79 selects of 26 literals each took a second to plan.
with

registered as (

    select entry.*
    from (
        values
        {%- for kpi_id, kpi in registered_kpis().items() %}
        {%- set points = kpi.points or [none, none, none] %}
        {%- set is_band = kpi.direction == 'band' %}
        {%- set names = [] %}
        {%- for fact in facts_of(kpi) %}{% do names.append(registered_facts()[fact].feed) %}{% endfor %}
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
            {{ sql_number(kpi.danger or 1) }},
            {{ sql_text((kpi.missed or {}).counter) }},
            {{ sql_text(((kpi.missed or {}).of or {}).en) }},
            {{ sql_text(((kpi.missed or {}).of or {}).zh) }},
            {{ sql_text((kpi.missed or {}).en) }},
            {{ sql_text((kpi.missed or {}).zh) }},
            {{ 'true' if is_structural(kpi) else 'false' }},
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
            {{ sql_text(kpi.caveats.zh) }},
            {{ sql_number(kpi.composite_weight or none) }},
            {{ 'false' if kpi.additive is false else 'true' }},
            {{ sql_text(registered_formulas()[kpi_id].told) }}
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
        danger,
        counter,
        counted,
        counted_zh,
        missed,
        missed_zh,
        is_structural,
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
        caveats_zh,
        composite_weight,
        is_additive,
        formula
    )

)

select
    cast(kpi_id as {{ dbt.type_string() }}) as kpi_id,
    cast(zh as {{ dbt.type_string() }}) as zh,
    cast(en as {{ dbt.type_string() }}) as en,
    cast(pillar as {{ dbt.type_string() }}) as pillar,
    cast(kind as {{ dbt.type_string() }}) as kind,
    cast(window_days as bigint) as window_days,
    cast(unit as {{ dbt.type_string() }}) as unit,
    cast(direction as {{ dbt.type_string() }}) as direction,
    cast(red_line as double) as red_line,
    cast(target as double) as target,
    cast(stretch as double) as stretch,
    cast(band_low as double) as band_low,
    cast(band_high as double) as band_high,
    cast(weight as double) as weight,
    cast(danger as bigint) as danger,
    cast(counter as {{ dbt.type_string() }}) as counter,
    cast(counted as {{ dbt.type_string() }}) as counted,
    cast(counted_zh as {{ dbt.type_string() }}) as counted_zh,
    cast(missed as {{ dbt.type_string() }}) as missed,
    cast(missed_zh as {{ dbt.type_string() }}) as missed_zh,
    cast(is_structural as boolean) as is_structural,
    cast(is_headline as boolean) as is_headline,
    cast(numerator as {{ dbt.type_string() }}) as numerator,
    cast(denominator as {{ dbt.type_string() }}) as denominator,
    cast(feeds as {{ dbt.type_string() }}) as feeds,
    cast(owner as {{ dbt.type_string() }}) as owner,
    cast(version as {{ dbt.type_string() }}) as version,
    cast(cohort_day as {{ dbt.type_string() }}) as cohort_day,
    cast(cohort_day_zh as {{ dbt.type_string() }}) as cohort_day_zh,
    cast(numerator_zh as {{ dbt.type_string() }}) as numerator_zh,
    cast(denominator_zh as {{ dbt.type_string() }}) as denominator_zh,
    cast(caveats as {{ dbt.type_string() }}) as caveats,
    cast(caveats_zh as {{ dbt.type_string() }}) as caveats_zh,
    cast(composite_weight as double) as composite_weight,
    cast(is_additive as boolean) as is_additive,
    cast(formula as {{ dbt.type_string() }}) as formula
from registered
