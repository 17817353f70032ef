{#- What the published views over `kpi_daily` say of a sum of days, as `kpi_period` says it of its periods. -#}

{#- What a quotient is multiplied by, from the unit of kpi_definition. -#}
{% macro factor_of(unit) -%}
{%- set factors = [] -%}
{%- for name, factor in unit_factors().items() if factor != 1 %}{% do factors.append(" when '" ~ name ~ "' then " ~ factor ~ '.0') %}{% endfor -%}
case {{ unit }}{{ factors | join }} else 1.0 end
{%- endmacro %}


{#- In the unit of the KPI; null where there is nothing to divide by. -#}
{% macro value_of(counted) -%}
case
            when not {{ counted }}.has_denominator then {{ counted }}.numerator
            when {{ counted }}.denominator <> 0 then {{ counted }}.numerator / {{ counted }}.denominator * {{ counted }}.factor
        end
{%- endmacro %}


{#- Rows behind a flow's denominator; a register counts all there is. -#}
{% macro cases_of(valued) -%}
case
        when not {{ valued }}.has_denominator then null
        when {{ valued }}.is_flow then coalesce({{ valued }}.n, 0)
        else coalesce({{ valued }}.denominator, 0)
    end
{%- endmacro %}


{% macro status_of(valued, last_day) -%}
case
        when {{ valued }}.value is null then 'not_applicable'
        when {{ valued }}.{{ last_day }} < {{ days_later(valued ~ '.window_days - 1', valued ~ '.first_day') }} then 'warming_up'
        when {{ valued }}.is_flow and {{ valued }}.n < 5 then 'small_n'
        else 'ok'
    end
{%- endmacro %}


{% macro quarter_before(quarter_from) -%}
cast({{ dbt.date_trunc('quarter', days_later(-1, quarter_from)) }} as date)
{%- endmacro %}
