{#-
Uses of the registry: KPIs (kpis/<pillar>/<kpi_id>.yml) and facts (`config: meta: fact:` of their models), returned by the
generated macros registered_kpis() and registered_facts(), checked before (pipelines/registry). A measure is one numerator or
denominator: which rows of which fact it counts or sums, and on which days they count.

    day: due_on                     the rows of that day                          (a flow)
    day: closed_on, plus_days: 30   the rows of 30 days before
    day: reported_on, window: 30    the rows of the 30 days that end on the day   (a window)
    span: [from_on, to_on]          the rows with from_on <= day, to_on empty or later  (a stock; a register's own span if left out)
    where: a condition on the row; null is false       sum: a column, instead of counting rows
    scale: the divisor of the sum, applied once at the end, so that no result depends on the order of summation
    org: the column with the lowest org, if it is not the fact's own (of a KPI with district_only, the district of this org)
    distinct: a column whose distinct values are counted, each once (with day, window or span)
    covered_by: only the days on which a row of another fact supports this one, linked by the columns in `by` (`key` if they
        have other names there): a fact with its own day, window, span and where, or a list of them
    watch: for a measure over a view: the rows of facts (day, window, span, where, by) whose changes affect it
    sums: a list of measures that are added up, instead of one

A KPI without a denominator counts every org of the register as of the day, with 0 if there are no rows.
-#}

{% macro as_list(value) -%}
{{ return(value if value is sequence and value is not mapping and value is not string else [value] if value else []) }}
{%- endmacro %}


{% macro days_later(days, date) -%}
cast({{ dbt.dateadd('day', days, date) }} as date)
{%- endmacro %}


{% macro years_later(years, date) -%}
cast({{ dbt.dateadd('year', years, date) }} as date)
{%- endmacro %}


{#- The lowest organisation of the rows of a measure: of a KPI of the district alone, the district. -#}
{% macro lowest_org(kpi, org) -%}
{{ return(code_of('district', org) if kpi.district_only else org) }}
{%- endmacro %}


{#- The measures of a KPI as its file has them, `sums` one by one, each with its side. -#}
{% macro entries_of(kpi, sides=['num', 'den']) -%}
{%- set found = [] -%}
{%- for side in sides if kpi[side] -%}
{%- for entry in kpi[side].sums or [kpi[side]] %}{% do found.append((side, entry)) %}{% endfor -%}
{%- endfor -%}
{{ return(found) }}
{%- endmacro %}


{#- The rows that a measure uses: its own, those that support them, those whose changes affect it. -#}
{% macro rows_of(entry) -%}
{{ return([entry] + as_list(entry.get('covered_by')) + as_list(entry.get('watch'))) }}
{%- endmacro %}


{#- Rows that count on some days: fact, the half-open span as two expressions, the condition; input of the macros below. -#}
{% macro counted_rows(rows) -%}
{%- set fact = registered_facts()[rows.fact] -%}
{%- if rows.day -%}
{%- set later = rows.plus_days or 0 -%}
{%- set from_on = days_later(later, rows.day) if later else rows.day -%}
{%- set to_on = days_later(later + (rows.window or 1), rows.day) -%}
{%- else -%}
{%- set from_on, to_on = rows.span or fact.span -%}
{%- endif -%}
{{ return({
    'fact': rows.fact, 'from': from_on, 'to': to_on,
    'where': [fact.behind_where or fact.where, rows.where] | select | list,
    'day': rows.day if rows.day and (rows.window or 1) == 1 else none, 'plus_days': rows.plus_days or 0,
}) }}
{%- endmacro %}


{#-
Whether a KPI counts what is built or founded: a stock of registers only, and nothing that is done on a day makes a row count or not.
-#}
{% macro is_structural(kpi) -%}
{%- set daily = [] -%}
{%- for _, entry in entries_of(kpi) -%}
{%- if not registered_facts()[entry.fact].span -%}{% do daily.append(entry.fact) %}{%- endif -%}
{%- for rows in rows_of(entry) if rows.day -%}
{%- do daily.append(rows.fact) -%}
{%- endfor -%}
{%- endfor -%}
{{ return(kpi.kind == 'stock' and not daily) }}
{%- endmacro %}


{#- A unit test names the KPIs under test, and gives only the rows of their facts. -#}
{% macro kpis_under_test() -%}
{{ return(none) }}
{%- endmacro %}


{#- Every measure of the registry, with `sums` as separate measures and defaults filled in. -#}
{% macro kpi_measures() -%}
{%- set measures = [] -%}
{%- set tried = kpis_under_test() -%}
{%- for kpi_id, kpi in registered_kpis().items() if tried is none or kpi_id in tried -%}
{%- for side, entry in entries_of(kpi) -%}
{%- set fact = registered_facts()[entry.fact] -%}
{%- set rows = counted_rows(entry) -%}
{%- do rows.update({
    'kpi_id': kpi_id,
    'side': side,
    'org': lowest_org(kpi, entry.org or fact.org),
    'amount': entry.sum or '1',
    'distinct': entry.distinct,
    'covered_by': as_list(entry.get('covered_by')),
    'watch': as_list(entry.get('watch')),
    'where': [fact.where, entry.where, '(' ~ entry.distinct ~ ') is not null' if entry.distinct] | select | list,
}) -%}
{%- do measures.append(rows) -%}
{%- endfor -%}
{%- if not kpi.den -%}
{%- set rows = counted_rows({'fact': 'dim_community'}) -%}
{%- set community, finer = registered_facts()['dim_community'].org, [] -%}
{%- for entry in kpi.num.sums or [kpi.num] if (entry.org or registered_facts()[entry.fact].org) != 'street_code' -%}
{%- do finer.append(entry) -%}
{%- endfor -%}
{#- Of what only streets have, a community has no number, and not 0. -#}
{%- do rows.update({
    'kpi_id': kpi_id, 'side': 'num', 'amount': '0',
    'org': lowest_org(kpi, community if finer else code_of('street', community)),
    'covered_by': [], 'watch': [],
}) -%}
{%- do measures.append(rows) -%}
{%- endif -%}
{%- endfor -%}
{{ return(measures) }}
{%- endmacro %}


{#- Whether the numerator and the denominator of a KPI count rows: neither sums a column. -#}
{% macro counts_rows(kpi) -%}
{%- set sums = [] -%}
{%- for _, entry in entries_of(kpi) if entry.sum %}{% do sums.append(entry.sum) %}{% endfor -%}
{{ return(sums == []) }}
{%- endmacro %}


{#-
The rows of a ratio of sums, each with what it adds to the numerator and to the denominator: how much the ratio varies follows
from the squares of both and their product. None for a KPI that counts rows, which needs no squares, and for one whose sides
are of different rows: its ratio has no interval.
-#}
{% macro paired_rows(kpi) -%}
{%- set num, den = kpi.num, kpi.den or {} -%}
{%- if kpi.kind != 'flow' or not num.fact or num.fact != den.fact or counts_rows(kpi)
    or num.distinct or den.distinct or num.covered_by or den.covered_by or num.org != den.org
    or num.day != den.day or (num.plus_days or 0) != (den.plus_days or 0) -%}
{{ return(none) }}
{%- endif -%}
{%- set fact = registered_facts()[num.fact] -%}
{%- set rows = counted_rows({'fact': num.fact, 'day': num.day, 'plus_days': num.plus_days}) -%}
{%- set both = [] -%}
{%- for side in [num, den] -%}
{%- set where = side.where or 'true' -%}
{%- do both.append({
    'where': where,
    'amount': 'case when ' ~ where ~ ' then coalesce(' ~ (side.sum or '1') ~ ', 0) else 0 end',
    'scale': side.scale or 1,
}) -%}
{%- endfor -%}
{%- do rows.update({
    'org': lowest_org(kpi, num.org or fact.org),
    'where': [fact.where, '(' ~ both[0].where ~ ') or (' ~ both[1].where ~ ')'] | select | list,
    'num': both[0],
    'den': both[1],
}) -%}
{{ return(rows) }}
{%- endmacro %}


{#- The KPIs with paired rows, by id. -#}
{% macro kpis_of_pairs() -%}
{%- set tried = kpis_under_test() -%}
{%- set found = {} -%}
{%- for kpi_id, kpi in registered_kpis().items() if tried is none or kpi_id in tried -%}
{%- set rows = paired_rows(kpi) -%}
{%- if rows %}{% do found.update({kpi_id: rows}) %}{% endif -%}
{%- endfor -%}
{{ return(found) }}
{%- endmacro %}


{#- The facts behind a KPI, each once: those of its measures and those that these use. -#}
{% macro facts_of(kpi, sides=['num', 'den']) -%}
{%- set facts = [] -%}
{%- for _, entry in entries_of(kpi, sides) -%}
{%- for rows in rows_of(entry) if rows.fact not in facts -%}
{%- do facts.append(rows.fact) -%}
{%- endfor -%}
{%- endfor -%}
{{ return(facts) }}
{%- endmacro %}


{#-
How a fact can affect numbers: for each use of its rows the span, the condition, the amount and the group, and the KPIs with
that use. Rows that support others, and the supported rows, are grouped by the columns that link them.
-#}
{% macro watches_of(name) -%}
{%- set watches = {} -%}
{%- for measure in kpi_measures() -%}
{%- set looks = [] -%}
{%- if measure.fact == name -%}
{%- set group = [measure.org] + ([measure.distinct] if measure.distinct else []) -%}
{%- for support in measure.covered_by %}{% do group.extend(as_list(support.get('by'))) %}{% endfor -%}
{#- Two rows that exchange amounts leave the sum as it was, but not how many of them add something (n). -#}
{%- if measure.side == 'den' and measure.day and measure.amount != '1' %}{% do group.append(measure.amount) %}{% endif -%}
{%- do looks.append({'rows': measure, 'group': group | unique | list, 'amount': measure.amount}) -%}
{%- endif -%}
{%- for support in measure.covered_by if support.fact == name -%}
{%- do looks.append({'rows': counted_rows(support), 'group': as_list(support.get('key') or support.by), 'amount': '1'}) -%}
{%- endfor -%}
{%- for watch in measure.watch if watch.fact == name -%}
{%- do looks.append({'rows': counted_rows(watch), 'group': as_list(watch.get('by')), 'amount': watch.sum or '1'}) -%}
{%- endfor -%}
{%- for look in looks -%}
{%- set watch = {
    'from': look.rows.from,
    'to': look.rows.to,
    'condition': '(' ~ ([look.rows.from ~ ' is not null'] + look.rows.where) | join(') and (') ~ ')',
    'amount': look.amount,
    'group': "concat(" ~ look.group | join(", '|', ") ~ ')',
} -%}
{%- set known_as = watch | string -%}
{%- if known_as not in watches %}{% do watches.update({known_as: dict(watch, kpi_ids=[])}) %}{% endif -%}
{%- if measure.kpi_id not in watches[known_as].kpi_ids %}{% do watches[known_as].kpi_ids.append(measure.kpi_id) %}{% endif -%}
{%- endfor -%}
{%- endfor -%}
{#- Two rows that exchange amounts leave every sum as it was, but not the sums of squares. -#}
{%- for kpi_id, rows in kpis_of_pairs().items() if rows.fact == name -%}
{%- do watches.update({kpi_id: {
    'from': rows.from,
    'to': rows.to,
    'condition': '(' ~ ([rows.from ~ ' is not null'] + rows.where) | join(') and (') ~ ')',
    'amount': '1',
    'group': "concat(" ~ [rows.org, rows.num.amount, rows.den.amount] | join(", '|', ") ~ ')',
    'kpi_ids': [kpi_id],
}}) -%}
{%- endfor -%}
{{ return(watches.values() | list) }}
{%- endmacro %}


{#-
The first and the newest day on which each KPI must be counted, as literals by KPI: a KPI without such a day is not in the statement,
and no table is read beyond these days. None while parsing and in a unit test, whose rows are not those of the database.
-#}
{% macro stale_days() -%}
{%- set stale = ref('stale_cell') -%}
{%- if not execute or kpis_under_test() is not none or load_relation(stale) is none -%}
{{ return(none) }}
{%- endif -%}
{%- set found = {} -%}
{%- for row in run_query('select kpi_id, min(kpi_date), max(kpi_date) from ' ~ stale ~ ' group by kpi_id').rows -%}
{%- do found.update({row[0]: ("date '" ~ row[1] ~ "'", "date '" ~ row[2] ~ "'")}) -%}
{%- endfor -%}
{{ return(found) }}
{%- endmacro %}


{#- The same for one KPI, where only the statement itself can ask; null, and so no row, if there is none. -#}
{% macro stale_days_asked(kpi_id) -%}
{{ return((
    "(select min(kpi_date) from stale_cell where kpi_id = '" ~ kpi_id ~ "')",
    "(select max(kpi_date) from stale_cell where kpi_id = '" ~ kpi_id ~ "')",
)) }}
{%- endmacro %}


{#- Merges half-open spans that touch or overlap, for each combination of the keys. -#}
{% macro merged_spans(spans, keys) -%}
{%- set keys = keys | join(', ') -%}
select
    {{ keys }},
    min(from_on) as from_on,
    max(to_on) as to_on
from (
    select
        *,
        sum(starts) over (partition by {{ keys }} order by from_on, to_on rows unbounded preceding) as island
    from (
        select
            *,
            case
                when from_on <= max(to_on) over (
                    partition by {{ keys }} order by from_on, to_on rows between unbounded preceding and 1 preceding
                ) then 0
                else 1
            end as starts
        from ({{ spans }}) as span
    ) as marked
) as numbered
group by {{ keys }}, island
{%- endmacro %}


{#- The spans of rows that matter for the days (first, newest) on which a KPI must be counted, with some of their columns. -#}
{% macro spans_of(days, rows, columns, distinct=true) -%}
select {{ 'distinct' if distinct }}
    {%- for name, column in columns.items() %}
    {{ column }} as {{ name }},
    {%- endfor %}
    {{ rows.from }} as from_on,
    coalesce({{ rows.to }}, date '9999-12-31') as to_on
from {{ ref(rows.fact) }}
where {{ rows.from }} <= {{ days[1] }}
    and coalesce({{ rows.to }}, date '9999-12-31') > {{ days[0] }}
    and {{ rows.from }} < coalesce({{ rows.to }}, date '9999-12-31')
    {%- for condition in rows.where %}
    and ({{ condition }})
    {%- endfor %}
{%- endmacro %}


{#-
One measure's rows as (org_code, from_on, to_on, amount, row_count), summed over equal spans. The rows of a flow are those that
add something: a shift without planned minutes is in no sum, and in no n.
-#}
{% macro count_measure(measure) -%}
{%- set days = measure.days -%}
{%- if measure.distinct and not measure.day %}
    select org_code, from_on, to_on, count(*) as amount, count(*) as row_count
    from ({{ merged_spans(
        spans_of(days, dict(measure, where=measure.where + [measure.org ~ ' is not null']), {'org_code': measure.org, 'counted': measure.distinct}),
        ['org_code', 'counted']
    ) }}) as merged
    group by org_code, from_on, to_on
{%- elif measure.covered_by %}
    {%- set own = {'org_code': measure.org, 'amount': measure.amount} %}
    {%- set keys = [] %}
    {%- for column in as_list(measure.covered_by[0].by) %}{% do own.update({'key_' ~ loop.index: column}) %}{% do keys.append('key_' ~ loop.index) %}{% endfor %}
    {%- set supports = [] %}
    {%- for support in measure.covered_by %}
    {%- set tied = {} %}
    {%- for column in as_list(support.get('key') or support.by) %}{% do tied.update({'key_' ~ loop.index: column}) %}{% endfor %}
    {%- do supports.append(spans_of(days, counted_rows(support), tied)) %}
    {%- endfor %}
    select org_code, from_on, to_on, sum(amount) as amount, count(*) as row_count
    from (
        select
            counted.org_code,
            counted.amount,
            greatest(counted.from_on, support.from_on) as from_on,
            least(counted.to_on, support.to_on) as to_on
        from ({{ spans_of(days, measure, own, distinct=false) }}) as counted
        inner join ({{ merged_spans(supports | join(' union '), keys) }}) as support
            on counted.from_on < support.to_on and support.from_on < counted.to_on
            {%- for key in keys %}
            and counted.{{ key }} = support.{{ key }}
            {%- endfor %}
    ) as covered
    where org_code is not null
    group by org_code, from_on, to_on
{%- elif measure.day %}
    select
        {{ measure.org }} as org_code,
        {{ measure.from }} as from_on,
        {{ measure.to }} as to_on,
        {%- if measure.distinct %}
        count(distinct {{ measure.distinct }}) as amount,
        count(distinct {{ measure.distinct }}) as row_count
        {%- else %}
        sum({{ measure.amount }}) as amount,
        count(*){% if measure.amount != '1' %} filter (where {{ measure.amount }} <> 0){% endif %} as row_count
        {%- endif %}
    from {{ ref(measure.fact) }}
    where {{ measure.org }} is not null
        and {{ measure.from }} between {{ days[0] }} and {{ days[1] }}
        and {{ measure.from }} in (select kpi_date from stale_cell where kpi_id = '{{ measure.kpi_id }}')
        {%- for condition in measure.where %}
        and ({{ condition }})
        {%- endfor %}
    group by {{ measure.org }}, {{ measure.day }}
{%- else %}
    select org_code, from_on, to_on, sum(amount) as amount, count(*) as row_count
    from ({{ spans_of(days, measure, {'org_code': measure.org, 'amount': measure.amount}, distinct=false) }}) as counted
    where org_code is not null
    group by org_code, from_on, to_on
{%- endif -%}
{%- endmacro %}


{#-
Paired rows as (org_code, from_on, to_on, the sums of squares and products) by org and day. In the units of the KPI, rounded row
by row to decimals: a sum must not depend on the order of its parts.
-#}
{% macro count_pairs(kpi_id, rows) -%}
{%- set num = 'cast(' ~ rows.num.amount ~ ' as double) / ' ~ rows.num.scale -%}
{%- set den = 'cast(' ~ rows.den.amount ~ ' as double) / ' ~ rows.den.scale %}
    select
        org_code,
        from_on,
        to_on,
        sum({{ as_decimal('numerator * numerator', 9) }}) as numerator_squares,
        sum({{ as_decimal('numerator * denominator', 9) }}) as products,
        sum({{ as_decimal('denominator * denominator', 9) }}) as denominator_squares
    from (
        select
            {{ rows.org }} as org_code,
            {{ rows.from }} as from_on,
            {{ rows.to }} as to_on,
            {{ num }} as numerator,
            {{ den }} as denominator
        from {{ ref(rows.fact) }}
        where {{ rows.org }} is not null
            and {{ rows.from }} between {{ rows.days[0] }} and {{ rows.days[1] }}
            and {{ rows.from }} in (select kpi_date from stale_cell where kpi_id = '{{ kpi_id }}')
            {%- for condition in rows.where %}
            and ({{ condition }})
            {%- endfor %}
    ) as paired
    group by org_code, from_on, to_on
{%- endmacro %}


{#- Texts and numbers of the registry as literals; missing keys are null. -#}
{% macro sql_text(value) -%}
{{ dbt.string_literal(dbt.escape_single_quotes(value)) if value else 'null' }}
{%- endmacro %}


{% macro sql_number(value) -%}
{{ 'null' if value is none or value is undefined else value }}
{%- endmacro %}


{#- The divisor of the sums of one side: one number for all its measures. -#}
{% macro scale_of(side) -%}
{%- set measures = side.sums or [side] if side else [] -%}
{{ return((measures | map(attribute='scale') | select | list or [1])[0]) }}
{%- endmacro %}


{#- The feeds of some sides of a KPI, each once. -#}
{% macro feeds_of(kpi, sides) -%}
{%- set feeds = [] -%}
{%- for name in facts_of(kpi, sides) if registered_facts()[name].feed not in feeds -%}
{%- do feeds.append(registered_facts()[name].feed) -%}
{%- endfor -%}
{{ return(feeds) }}
{%- endmacro %}


{#-
Every KPI with each feed that it depends on. deciding: only those whose deliveries decide whether there are data, which are the
feeds of the denominator, or of the numerator if there is none.
-#}
{% macro kpi_feeds(deciding=false) -%}
select *
from (
    values
    {%- for kpi_id, kpi in registered_kpis().items() %}
    {%- for feed in feeds_of(kpi, (['den'] if kpi.den else ['num']) if deciding else ['num', 'den']) %}
    ('{{ kpi_id }}', '{{ feed }}'){{ ',' if not loop.last }}
    {%- endfor %}{{ ',' if not loop.last }}
    {%- endfor %}
) as standing (kpi_id, feed)
{%- endmacro %}


{#-
Every KPI with the feeds that it lacks: those that are not connected or never delivered. It is on if there are none: without one of
them a number would read as 0.
-#}
{% macro kpis_with_lacks() -%}
select
    standing.kpi_id,
    count(*) = count(arrived.feed) as is_on,
    {{ joined_in_order('case when arrived.feed is null then standing.feed end', 'standing.feed', ', ') }} as lacks
from ({{ kpi_feeds() }}) as standing
left join (
    select distinct concat(delivery.platform, '.', delivery.feed) as feed
    from {{ source('ledger', 'delivery') }} as delivery
    inner join {{ source('ledger', 'feed') }} as feed
        on delivery.platform = feed.platform
        and delivery.feed = feed.feed
    where delivery.state = 'loaded'
        and feed.is_connected

    union all

    select 'ledger.delivery' as feed
) as arrived
    on standing.feed = arrived.feed
group by standing.kpi_id
{%- endmacro %}


{#- All targets of a KPI as one text, to detect changes since the last complete build. -#}
{% macro targets_told() -%}
{%- set one -%}
concat_ws(' ', org_code, valid_from, coalesce(red_line, -1), coalesce(target, -1), coalesce(stretch, -1), coalesce(band_low, -1),
        coalesce(band_high, -1), coalesce(weight, -1))
{%- endset -%}
md5({{ joined_in_order(one, 'org_code, valid_from') }})
{%- endmacro %}


{#-
The score of a value with the points in force: 60 at the red line, 80 at the target, 100 at the stretch, straight lines between
and to 0 at 0 (up) or at twice the red line (down); in a band 100, falling linearly to 0 at 0 and at 100 percent. Beyond the ends
the lines continue: the caller clips. Where a line has no length (a red line or a low end of 0, a high end of 100) there is nothing
between: what is beyond it scores 0. Null if there is no value or no points.
-#}
{% macro score(value, points) -%}
{%- set red, target, stretch = points ~ '.red_line', points ~ '.target', points ~ '.stretch' -%}
{%- set low, high = points ~ '.band_low', points ~ '.band_high' -%}
case
            when {{ points }}.direction = 'up' and {{ value }} >= {{ stretch }} then 100
            when {{ points }}.direction = 'up' and {{ value }} >= {{ target }} then 80 + 20 * ({{ value }} - {{ target }}) / ({{ stretch }} - {{ target }})
            when {{ points }}.direction = 'up' and {{ value }} >= {{ red }} then 60 + 20 * ({{ value }} - {{ red }}) / ({{ target }} - {{ red }})
            when {{ points }}.direction = 'up' and {{ value }} < {{ red }} then coalesce(60 * {{ value }} / nullif({{ red }}, 0), 0)
            when {{ points }}.direction = 'down' and {{ value }} <= {{ stretch }} then 100
            when {{ points }}.direction = 'down' and {{ value }} <= {{ target }} then 80 + 20 * ({{ target }} - {{ value }}) / ({{ target }} - {{ stretch }})
            when {{ points }}.direction = 'down' and {{ value }} <= {{ red }} then 60 + 20 * ({{ red }} - {{ value }}) / ({{ red }} - {{ target }})
            when {{ points }}.direction = 'down' and {{ value }} > {{ red }} then coalesce(60 * (2 * {{ red }} - {{ value }}) / nullif({{ red }}, 0), 0)
            when {{ points }}.direction = 'band' and {{ value }} < {{ low }} then coalesce(100 * {{ value }} / nullif({{ low }}, 0), 0)
            when {{ points }}.direction = 'band' and {{ value }} > {{ high }} then coalesce(100 * (100 - {{ value }}) / nullif(100 - {{ high }}, 0), 0)
            when {{ points }}.direction = 'band' and {{ value }} >= {{ low }} and {{ value }} <= {{ high }} then 100
        end
{%- endmacro %}
