-- Rows of communities that the register never had, or of references that were never delivered; they are in no KPI. And
-- rows of streets that it never had: they count in the district, and have no page.
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
where not is_known_community{{ " or org_code not in (select org_code from " ~ ref('dim_org') ~ ")" if fact.org == 'org_code' }}
{{ 'union all' if not loop.last }}
{%- endfor %}
