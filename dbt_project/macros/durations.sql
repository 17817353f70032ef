{#-
How long things took. Every span that is published, or that a published number stands on, is told here: whole microseconds, made
hours once, at the very end, so that no sum depends on the order of its parts. What ends before it begins took no time that
anybody knows: null, which no sum, mean or median takes up; never negative, never 0.
-#}

{#- The literal difference, negative where the two stand the wrong way round: for limits, which take it as it is, and for nothing else. -#}
{% macro microseconds_between(earlier, later) -%}
{{ dbt.datediff(earlier, later, 'microsecond') | trim }}
{%- endmacro %}


{#- Microseconds from beginning to end; null where either is not given and where the end comes first. -#}
{% macro duration(begun, ended) -%}
case when {{ ended }} >= {{ begun }} then {{ microseconds_between(begun, ended) }} end
{%- endmacro %}


{#- The same in whole days, of dates. -#}
{% macro duration_in_days(begun, ended) -%}
case when {{ ended }} >= {{ begun }} then {{ dbt.datediff(begun, ended, 'day') | trim }} end
{%- endmacro %}


{#- Hours of microseconds, or of a sum of them. -#}
{% macro hours_of(microseconds) -%}
cast({{ microseconds }} as double) / 3600000000
{%- endmacro %}
