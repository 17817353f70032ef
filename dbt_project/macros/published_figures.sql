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


{#- The periods that end on the newest day, with their first and last days: period, from_on, to_on. -#}
{% macro newest_periods() -%}
select
        period.period,
        case
            when period.days is not null then greatest({{ days_later('1 - period.days', 'loaded.last_day') }}, loaded.first_day)
            when period.period = 'quarter' then greatest(cast({{ dbt.date_trunc('quarter', 'loaded.last_day') }} as date), loaded.first_day)
            else loaded.first_day
        end as from_on,
        loaded.last_day as to_on
    from (
        select
            min(date_day) as first_day,
            max(date_day) as last_day
        from {{ ref('dim_date').include(database=false) }}
    ) as loaded
    cross join (
        select *
        from (values ('1d', 1), ('7d', 7), ('30d', 30), ('quarter', null), ('all', null)) as listed (period, days)
    ) as period
{%- endmacro %}
