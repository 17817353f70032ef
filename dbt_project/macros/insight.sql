{#-
Shared by the special marts. They read the same facts as the KPIs and follow them: an incremental mart lists in its model's
`meta: fact:` what it follows, and processes the rows of changed keys.
-#}

{#- The condition for rows whose key changed in a fact that a mart follows; for a rebuild, all rows. -#}
{% macro follows_moved_rows(name, column) -%}
(
        {{ column }} in (
            select moved_value.value
            from work.moved_value as moved_value
            where moved_value.column_name = '{{ column }}'
                and moved_value.model in (
                    {%- for other in registered_facts()[name].follows %}'{{ other.fact }}'{{ ', ' if not loop.last }}{% endfor -%}
                )
        )
        or exists (select 1 from work.rebuild)
    )
{%- endmacro %}


{#- Hook before a mart that follows facts: deletes the rows that will be processed again. -#}
{% macro forget_moved_rows(name, column) -%}
{%- if execute and is_incremental() -%}
delete from {{ this }} where {{ follows_moved_rows(name, column) }}
{%- else -%}
select 1
{%- endif -%}
{%- endmacro %}


{% macro month_start(date) -%}
cast({{ dbt.date_trunc('month', date) }} as date)
{%- endmacro %}


{#- A fact's key and its row's place in the export, with the same names for all facts. -#}
{% macro line_of(name, alias) -%}
{%- set fact = registered_facts()[name] -%}
{%- set platform, feed = fact.feed.split('.') -%}
'{{ name }}' as fact,
        cast({{ alias }}.{{ fact.key }} as {{ dbt.type_string() }}) as fact_key,
        '{{ platform }}' as platform,
        '{{ feed }}' as feed,
        {{ alias }}.business_date,
        {{ alias }}.file_name,
        {{ alias }}.row_number
{%- endmacro %}


{#-
The uses of doubtful columns: every part of a KPI's entry (a measure, or the rows that support or affect it) that names a column which a
pattern makes doubtful (vars: insight: doubt), with the days for which a row matters to the KPI's figure: those of the KPI's window, else 30.
-#}
{% macro doubtful_uses() -%}
{%- set uses = [] -%}
{%- for kpi_id, kpi in registered_kpis().items() -%}
{%- for _, entry in entries_of(kpi) -%}
{%- for rows in rows_of(entry) -%}
{%- set named = [rows.where, rows.sum, rows.distinct, rows.day] + as_list(rows.get('span')) + as_list(rows.get('by')) -%}
{%- set named = modules.re.findall('[a-z_0-9]+', named | select | join(' ')) -%}
{%- for pattern, doubtful in var('insight').doubt.items() if doubtful[rows.fact] | default([]) | select('in', named) | list -%}
{%- set use = {
    'kpi_id': kpi_id, 'pattern': pattern, 'fact': rows.fact, 'where': rows.where,
    'days_later': rows.plus_days or 0, 'days': kpi.window_days or 30,
} -%}
{%- if use not in uses %}{% do uses.append(use) %}{% endif -%}
{%- endfor -%}
{%- endfor -%}
{%- endfor -%}
{%- endfor -%}
{{ return(uses) }}
{%- endmacro %}
