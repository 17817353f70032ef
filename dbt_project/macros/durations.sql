{#-
Durations. Every duration that is published, or used in a published number, is computed here: in whole microseconds, converted
to hours once at the end, so that no sum depends on the order of its parts. If something ends before it begins, its duration is
unknown: null, which sums, means and medians ignore; never negative, never 0.
-#}

{#- The signed difference, negative if the end comes first: only for limits, which need the sign. -#}
{% macro microseconds_between(earlier, later) -%}
{{ dbt.datediff(earlier, later, 'microsecond') | trim }}
{%- endmacro %}


{#- Microseconds from beginning to end; null if one of them is missing or the end comes first. -#}
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


{#-
Whether something was done by its limit: null while it is neither done nor due by the end of the newest day, and without a limit. A fact
with such a flag has it in its `falls_due`, so that the row is computed again when its day is over.
-#}
{% macro on_time(done, due, due_on) -%}
case
        when {{ done }} is not null then {{ done }} <= {{ due }}
        when {{ due_on }} <= (select max(newest.date_day) from {{ ref('dim_date') }} as newest) then false
    end
{%- endmacro %}
