{#- Custom schema names are used unchanged: marts.kpi_daily, not main_marts.kpi_daily. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name | trim if custom_schema_name else target.schema }}
{%- endmacro %}
