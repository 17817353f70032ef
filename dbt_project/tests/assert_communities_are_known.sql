-- Rows of communities that the register never had, or of references that were never delivered; they are in no KPI.
{{ config(severity='warn') }}
{%- set facts = [] %}
{%- for name, fact in registered_facts().items() if fact.where == 'is_known_community' %}{% do facts.append((name, fact)) %}{% endfor %}
{%- for name, fact in facts %}
select
    '{{ name }}' as fact,
    {{ fact.key }} as row_key,
    file_name,
    row_number
from {{ ref(name) }}
where not is_known_community
{{ 'union all' if not loop.last }}
{%- endfor %}
