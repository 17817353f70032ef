{#-
Whether a row is in force on a day: its first day included, the day of its end not, null while it lasts. A register's versions and the
targets have `valid_from` and `valid_to`; what exists from one day to another has columns of its own.
-#}
{% macro in_force(version, on_day, from='valid_from', to='valid_to') -%}
{{ on_day }} >= {{ version }}.{{ from }}
        and {{ on_day }} < coalesce({{ version }}.{{ to }}, date '9999-12-31')
{%- endmacro %}
