{#-
Whether a row is in force on a day: from its first day on, and before the day of its end, which is null if it has none. Versions of
registers and targets have the columns `valid_from` and `valid_to`; give the names of the columns for other tables.
-#}
{% macro in_force(version, on_day, from='valid_from', to='valid_to') -%}
{{ on_day }} >= {{ version }}.{{ from }}
        and {{ on_day }} < coalesce({{ version }}.{{ to }}, date '9999-12-31')
{%- endmacro %}
