{#-
The rows behind a number, from the same registry as the number (`kpi_measures()`): every measure's rows with the days on which
they count and the amount they add, one query per measure. Nothing is stored: marts.kpi_evidence is a view, and a query for one
KPI, organisation and day reads only that KPI's facts.

A row adds its amount from `from_on` until `counts_until`, and is listed without an amount until `to_on`, such as an earlier visit
to a household that was visited again. Rows that make a counted row count (`covered_by`) are listed too, without an amount.
-#}

{#-
The relation and the name of a fact's rows. The entry of a fact that a rule computes (`evidence`) says which macro returns the rows it was
computed from, and under which name they are shown. Deliveries are not a fact; their rows have the columns platform and feed.
-#}
{% macro evidence_fact(name) -%}
{%- set fact = registered_facts()[name] -%}
{%- set shown_as = fact.evidence.shown_as if fact.evidence else name -%}
{%- set shown = registered_facts()[shown_as] -%}
{%- if shown %}{% set platform, feed = shown.feed.split('.') %}{% endif -%}
{{ return({
    'relation': '(' ~ context[fact.evidence.rows]() ~ ')' if fact.evidence else ref(name),
    'shown_as': shown_as,
    'line': {
        'fact_key': 'cast(' ~ (fact.evidence.key if fact.evidence else fact.key) ~ ' as ' ~ dbt.type_string() ~ ')',
        'platform': "'" ~ platform ~ "'" if shown else 'platform',
        'feed': "'" ~ feed ~ "'" if shown else 'feed',
        'business_date': 'business_date',
        'file_name': 'file_name',
        'row_number': 'row_number',
    },
}) }}
{%- endmacro %}


{#-
The ways in which KPIs read a fact (looks), each with its sides. The numerator and the denominator share a look if they count
rows of the same fact on the same days for the same organisation.
-#}
{% macro evidence_looks() -%}
{%- set looks = [] -%}
{%- for measure in kpi_measures() if measure.amount != '0' -%}
{%- set side = {
    'condition': '(' ~ (measure.where + [measure.org ~ ' is not null']) | unique | join(') and (') ~ ')',
    'amount': 'cast(coalesce(' ~ measure.amount ~ ', 0) as decimal(38, 6))',
} -%}
{%- set look = {
    'kpi_id': measure.kpi_id, 'fact': measure.fact, 'from': measure.from, 'to': measure.to, 'org': measure.org,
    'distinct': measure.distinct, 'covered_by': measure.covered_by,
} -%}
{%- set same = looks | selectattr('told', 'equalto', look | string) | rejectattr(measure.side) | list -%}
{%- if same and not measure.distinct and not measure.covered_by -%}
{%- do same[0].update({measure.side: side}) -%}
{%- else -%}
{%- do looks.append(dict(look, told=look | string, **{measure.side: side})) -%}
{%- endif -%}
{%- endfor -%}
{{ return(looks) }}
{%- endmacro %}


{#- The rows of a fact that count, with their spans, some columns and their line in the export. -#}
{% macro evidence_rows(fact_name, from, to, conditions, columns) -%}
{%- set fact = evidence_fact(fact_name) -%}
select
        {%- for name, column in dict(fact.line, **columns).items() %}
        {{ column ~ (' as ' ~ name if column != name else '') }},
        {%- endfor %}
        {{ from }} as from_on,
        coalesce({{ to }}, date '9999-12-31') as to_on
    from {{ fact.relation }} as {{ fact_name }}
    where {{ from }} < coalesce({{ to }}, date '9999-12-31')
        {%- for condition in conditions %}
        and ({{ condition }})
        {%- endfor %}
{%- endmacro %}


{#- The rows that a look counts, and the amount that each adds to each side. -#}
{% macro evidence_counted(look, columns) -%}
{%- set columns = dict(columns, lowest_code=look.org) -%}
{%- for side in ['num', 'den'] -%}
{%- set is_only = not look['den' if side == 'num' else 'num'] -%}
{%- if look[side] and (is_only or look.num.condition == look.den.condition) -%}
{%- do columns.update({'in_' ~ side: 'true', side: look[side].amount}) -%}
{%- elif look[side] -%}
{%- do columns.update({
    'in_' ~ side: 'coalesce(' ~ look[side].condition ~ ', false)',
    side: 'case when ' ~ look[side].condition ~ ' then ' ~ look[side].amount ~ ' else 0 end',
}) -%}
{%- else -%}
{%- do columns.update({'in_' ~ side: 'false', side: '0'}) -%}
{%- endif -%}
{%- endfor -%}
{%- set either = [look.num, look.den] | select | map(attribute='condition') | unique | join(' or ') -%}
{{ evidence_rows(look.fact, look.from, look.to, [either], columns) }}
{%- endmacro %}


{#- The divisor of a side's sums, applied once, as for the numbers themselves. -#}
{% macro evidence_scale(side) -%}
{%- set scales = {} -%}
{%- for kpi_id, kpi in registered_kpis().items() if scale_of(kpi[side]) != 1 %}{% do scales.update({kpi_id: scale_of(kpi[side])}) %}{% endfor -%}
case evidence.kpi_id
        {%- for kpi_id, scale in scales.items() %}
        when '{{ kpi_id }}' then {{ scale }}
        {%- endfor %}
        else 1
    end
{%- endmacro %}


{#- The columns of every branch of the evidence, from the counted row or, if another row makes it count, from that row. -#}
{% macro evidence_columns(look, fact, line, is_counted) -%}
'{{ look.kpi_id }}' as kpi_id,
        '{{ evidence_fact(fact).shown_as }}' as fact,
        {%- for column in ['fact_key', 'platform', 'feed', 'business_date', 'file_name', 'row_number'] %}
        {{ line }}.{{ column }},
        {%- endfor %}
        counted.lowest_code,
        {%- for column in ['in_num', 'in_den'] %}
        counted.{{ column }},
        {%- endfor %}
        {%- for column in ['num', 'den'] %}
        {{ 'counted.' ~ column if is_counted else '0 as ' ~ column }}{{ ',' if not loop.last }}
        {%- endfor %}
{%- endmacro %}


{#- One look's rows, and those that make them count. -#}
{% macro evidence_of(look) -%}
{%- if look.distinct %}
    select
        {{ evidence_columns(look, look.fact, 'counted', true) }},
        counted.from_on,
        counted.to_on,
        least(
            counted.to_on,
            coalesce(
                lead(counted.from_on) over (partition by counted.lowest_code, counted.told_apart order by counted.from_on, counted.fact_key),
                counted.to_on
            )
        ) as counts_until
    from ({{ evidence_counted(look, {'told_apart': look.distinct}) }}) as counted
{%- elif look.covered_by %}
    {%- set own = {} %}
    {%- set overlap = ['counted.from_on < support.to_on', 'counted.to_on > support.from_on'] %}
    {%- for column in as_list(look.covered_by[0].by) %}
    {%- do own.update({'key_' ~ loop.index: column}) %}
    {%- do overlap.append('counted.key_' ~ loop.index ~ ' = support.key_' ~ loop.index) %}
    {%- endfor %}
    {%- set counted = evidence_counted(look, own) %}
    {%- set supports = [] %}
    {%- set spans = [] %}
    {%- for support in look.covered_by %}
    {%- set tied = {} %}
    {%- for column in as_list(support.get('key') or support.by) %}{% do tied.update({'key_' ~ loop.index: column}) %}{% endfor %}
    {%- set rows = counted_rows(support) %}
    {%- set rows = evidence_rows(rows.fact, rows.from, rows.to, rows.where, tied) %}
    {%- do supports.append((support.fact, rows)) %}
    {%- do spans.append('select distinct ' ~ own | join(', ') ~ ', from_on, to_on from (' ~ rows ~ ') as support') %}
    {%- endfor %}
    {%- for fact, rows in [(look.fact, merged_spans(spans | join(' union '), own | list))] + supports %}
    {%- set is_counted = loop.first %}
    {%- if not is_counted %}

    union all
    {% endif %}
    select
        {{ evidence_columns(look, fact, 'counted' if is_counted else 'support', is_counted) }},
        greatest(counted.from_on, support.from_on) as from_on,
        least(counted.to_on, support.to_on) as to_on,
        least(counted.to_on, support.to_on) as counts_until
    from ({{ counted }}) as counted
    inner join ({{ rows }}) as support
        on {{ overlap | join('\n        and ') }}
    {%- endfor %}
{%- else %}
    select
        {{ evidence_columns(look, look.fact, 'counted', true) }},
        counted.from_on,
        counted.to_on,
        counted.to_on as counts_until
    from ({{ evidence_counted(look, {}) }}) as counted
{%- endif -%}
{%- endmacro %}
