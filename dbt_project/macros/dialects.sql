{#-
What DuckDB and Spark write differently. Everything else in models, macros and KPI files is SQL that both know, with the same meaning:
tests/unit/lake/test_dialects.py refuses a function that only one has. Dates, durations and casts are dbt's own macros (dbt.dateadd,
dbt.datediff, dbt.date_trunc, dbt.type_string).
-#}

{#- An aggregate: texts joined by commas, in an order. -#}
{% macro joined_in_order(text, order, comma=',') -%}
{{ adapter.dispatch('joined_in_order', 'sihe')(text, order, comma) }}
{%- endmacro %}


{% macro duckdb__joined_in_order(text, order, comma) -%}
string_agg({{ text }}, '{{ comma }}' order by {{ order }})
{%- endmacro %}


{% macro spark__joined_in_order(text, order, comma) -%}
string_agg({{ text }}, '{{ comma }}') within group (order by {{ order }})
{%- endmacro %}


{#-
dbt-spark's own way of adding days goes through seconds since 1970 and a check of every row for null. This keeps the type: a date stays
a date, a time without a zone stays one.
-#}
{% macro spark__dateadd(datepart, interval, from_date_or_timestamp) -%}
({{ from_date_or_timestamp }} + cast({{ interval }} as interval {{ datepart }}))
{%- endmacro %}


{#- Days between two dates, or a smaller unit between two times. -#}
{% macro spark__datediff(first_date, second_date, datepart) -%}
{%- if datepart == 'day' -%}
cast(datediff({{ second_date }}, {{ first_date }}) as bigint)
{%- else -%}
timestampdiff({{ datepart }}, {{ first_date }}, {{ second_date }})
{%- endif -%}
{%- endmacro %}


{#- The first day of a month, quarter or year; Spark's date_trunc would go through a time with a zone. -#}
{% macro spark__date_trunc(datepart, date) -%}
{%- if datepart not in ['month', 'quarter', 'year'] -%}
{{ exceptions.raise_compiler_error('the first day of a ' ~ datepart ~ ' is not written for Spark: macros/dialects.sql') }}
{%- endif -%}
trunc({{ date }}, '{{ datepart }}')
{%- endmacro %}


{#-
A decimal with `scale` digits after the point as a double. Where its digits do not fit into 53 bits, DuckDB adds the whole part and the
fraction, Spark rounds once: so Spark is told to add them too, or the last bit would differ.
-#}
{% macro as_double(decimal, scale) -%}
{{ adapter.dispatch('as_double', 'sihe')(decimal, scale) }}
{%- endmacro %}


{% macro duckdb__as_double(decimal, scale) -%}
cast({{ decimal }} as double)
{%- endmacro %}


{% macro spark__as_double(decimal, scale) -%}
{%- set digits = '9007199254740992' -%}
case
    when abs({{ decimal }}) <= {{ digits[:-scale] }}{{ '.' if digits[:-scale] else '0.' }}{{ digits[-scale:] }} then cast({{ decimal }} as double)
    else cast({{ decimal }} - {{ decimal }} % 1 as double) + cast({{ decimal }} % 1 as double)
end
{%- endmacro %}


{#- A double as a decimal. DuckDB rounds the product with a power of ten, Spark the double's shortest text: Spark is told to do the former. -#}
{% macro as_decimal(number, scale, precision=38) -%}
{{ adapter.dispatch('as_decimal', 'sihe')(number, scale, precision) }}
{%- endmacro %}


{% macro duckdb__as_decimal(number, scale, precision) -%}
cast({{ number }} as decimal({{ precision }}, {{ scale }}))
{%- endmacro %}


{% macro spark__as_decimal(number, scale, precision) -%}
cast(case
    when abs({{ number }}) < 9E{{ 18 - scale }} then cast(round({{ number }} * 1E{{ scale }}) as bigint) * 0.{{ '0' * (scale - 1) }}1
    else cast({{ number }} as decimal(38, {{ scale }}))
end as decimal({{ precision }}, {{ scale }}))
{%- endmacro %}
