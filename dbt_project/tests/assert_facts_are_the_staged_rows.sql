-- Every staged row is one fact and every fact a staged row: all of them by number, those that this build took up by key.
{%- set facts = [] %}
{%- for name, fact in var('facts').items() if name.startswith('fct_') %}{% do facts.append((name, fact)) %}{% endfor %}
{%- for name, fact in facts %}
select
    '{{ name }}' as fact,
    changed_key.key as row_key,
    staged.{{ fact.key }} as staged_key,
    fact.{{ fact.key }} as fact_key
from work.changed_key as changed_key
left join {{ ref(staging_of(name)) }} as staged
    on changed_key.key = staged.{{ fact.key }}
left join {{ ref(name) }} as fact
    on changed_key.key = fact.{{ fact.key }}
where changed_key.feed = '{{ fact.feed }}'
    and (staged.{{ fact.key }} is null) <> (fact.{{ fact.key }} is null)

union all

select
    '{{ name }}' as fact,
    'how many' as row_key,
    cast(staged.row_count as {{ dbt.type_string() }}) as staged_key,
    cast(fact.row_count as {{ dbt.type_string() }}) as fact_key
from (select count(*) as row_count from {{ ref(staging_of(name)) }}) as staged
cross join (select count(*) as row_count from {{ ref(name) }}) as fact
where staged.row_count <> fact.row_count
{{ 'union all' if not loop.last }}
{%- endfor %}
