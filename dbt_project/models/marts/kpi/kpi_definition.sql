{%- for kpi_id, kpi in var('kpis').items() -%}
{%- set points = kpi.points or [] -%}
{%- set is_band = kpi.direction == 'band' %}
select
    {{ sql_text(kpi_id) }} as kpi_id,
    {{ sql_text(kpi.zh) }} as zh,
    {{ sql_text(kpi.en) }} as en,
    {{ sql_text(kpi.pillar) }} as pillar,
    {{ sql_text(kpi.kind) }} as kind,
    cast({{ kpi.window_days or 'null' }} as bigint) as window_days,
    {{ sql_text(kpi.unit) }} as unit,
    {{ sql_text(kpi.direction) }} as direction,
    {{ sql_number(none if is_band else points[0]) }} as red_line,
    {{ sql_number(none if is_band else points[1]) }} as target,
    {{ sql_number(none if is_band else points[2]) }} as stretch,
    {{ sql_number(points[0] if is_band else none) }} as band_low,
    {{ sql_number(points[1] if is_band else none) }} as band_high,
    {{ sql_number(kpi.weight) }} as weight,
    {{ 'true' if kpi.headline else 'false' }} as is_headline,
    {{ sql_text(kpi.num.en) }} as numerator,
    {{ sql_text((kpi.den or {}).en) }} as denominator,
    {%- set names = [] -%}
    {%- for fact in facts_of(kpi) %}{%- do names.append(var('facts')[fact].feed) -%}{%- endfor %}
    {{ sql_text(names | unique | sort | join(', ')) }} as feeds,
    {{ sql_text(kpi.owner) }} as owner,
    {{ sql_text(kpi.version | string) }} as version,
    {{ sql_text(kpi.day.en) }} as cohort_day,
    {{ sql_text(kpi.day.zh) }} as cohort_day_zh,
    {{ sql_text(kpi.num.zh) }} as numerator_zh,
    {{ sql_text((kpi.den or {}).zh) }} as denominator_zh,
    {{ sql_text(kpi.caveats.en) }} as caveats,
    {{ sql_text(kpi.caveats.zh) }} as caveats_zh
{{ 'union all' if not loop.last }}
{%- endfor %}
