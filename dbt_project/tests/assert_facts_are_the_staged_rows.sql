-- Every staged row is one fact and every fact a staged row: all of them by count, those that this build processed by key.
{%- set facts = [] %}
{%- for name, fact in registered_facts().items() if name.startswith('fct_') %}{% do facts.append((name, fact)) %}{% endfor %}
with

counted as (

    {%- for name, fact in facts %}
    select
        '{{ name }}' as fact,
        count(*) as row_count
    from {{ ref(staging_of(name)) }}

    union all

    select
        '{{ name }}' as fact,
        count(*) as row_count
    from {{ ref(name) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

{% for name, fact in facts -%}
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

{% endfor -%}
select
    fact,
    'how many' as row_key,
    cast(min(row_count) as {{ dbt.type_string() }}) as staged_key,
    cast(max(row_count) as {{ dbt.type_string() }}) as fact_key
from counted
group by fact
having min(row_count) <> max(row_count)
