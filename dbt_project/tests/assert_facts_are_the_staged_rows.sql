-- Every staged row is one fact, every fact a staged row, with its key, a day it came on and a word on its organisation.
{%- set facts = [] %}
{%- for name, fact in var('facts').items() if name.startswith('fct_') %}{% do facts.append((name, fact)) %}{% endfor %}
{%- for name, fact in facts %}
select
    '{{ name }}' as fact,
    count(*) - count(staged.{{ fact.key }}) as facts_without_a_staged_row,
    count(*) - count(fact.{{ fact.key }}) as staged_rows_without_a_fact,
    count(fact.{{ fact.key }}) - count(distinct fact.{{ fact.key }}) as keys_twice,
    count(fact.{{ fact.key }}) - count(fact.business_date) as facts_without_a_day
from {{ ref(staging_of(name)) }} as staged
full outer join {{ ref(name) }} as fact
    on staged.{{ fact.key }} = fact.{{ fact.key }}
having count(*) - count(staged.{{ fact.key }}) <> 0
    or count(*) - count(fact.{{ fact.key }}) <> 0
    or count(fact.{{ fact.key }}) <> count(distinct fact.{{ fact.key }})
    or count(fact.{{ fact.key }}) <> count(fact.business_date)
{{ 'union all' if not loop.last }}
{%- endfor %}
