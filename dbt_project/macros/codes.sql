{#-
Codes of divisions: the length of the code of each level. A code begins with the code of the level above it, so the rows of a
level are grouped by a shorter code.
-#}

{% macro code_lengths() -%}
{{ return({'province': 2, 'city': 4, 'district': 6, 'street': 9, 'community': 12, 'grid': 15}) }}
{%- endmacro %}


{#- The code at a level, from a code of the same or a lower level. -#}
{% macro code_of(level, code) -%}
substr({{ code }}, 1, {{ code_lengths()[level] }})
{%- endmacro %}


{#- The level that a code is of; null for any other code. -#}
{% macro level_of_code(code) -%}
case length({{ code }})
        {%- for level, length in code_lengths().items() %}
        when {{ length }} then '{{ level }}'
        {%- endfor %}
    end
{%- endmacro %}


{#- A row each of some levels: org_level. -#}
{% macro org_levels(levels) -%}
select *
    from (
        values
        {%- for org_level in levels %}
        ('{{ org_level }}'){{ ',' if not loop.last }}
        {%- endfor %}
    ) as listed (org_level)
{%- endmacro %}


{#- The code of a row's place at `level.org_level`. Not cut from one code: a grid may lie in another community than its code says. -#}
{% macro org_code_at_level(alias, levels) -%}
case level.org_level
            {%- for level in levels %}
            when '{{ level }}' then {{ alias }}.{{ level }}_code
            {%- endfor %}
        end
{%- endmacro %}
