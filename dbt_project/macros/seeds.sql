{#-
Replaces dbt's own macro, which also writes the SQL to `target/run/` and the path of the node. The seeds of a home are outside the project,
so their path is absolute, and dbt would overwrite the seed itself with the SQL. Only seeds use this macro.
-#}
{% macro noop_statement(name=none, message=none, code=none, rows_affected=none, res=none) -%}
{#- Jinja refuses a call of a macro that does not use its caller. #}
{%- set _sql = caller() -%}
{%- if name is not none -%}
{{ store_raw_result(name, message=message, code=code, rows_affected=rows_affected, agate_table=res) }}
{%- endif -%}
{%- endmacro %}
