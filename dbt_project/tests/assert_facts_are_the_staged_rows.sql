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

{%- for name, fact in facts %},

{{ name }}_staged as (

    select cast({{ fact.key }} as {{ dbt.type_string() }}) as row_key
    from {{ ref(staging_of(name)) }}

),

{{ name }}_kept as (

    select cast({{ fact.key }} as {{ dbt.type_string() }}) as row_key
    from {{ ref(name) }}

)
{%- endfor %}

{% for name, fact in facts -%}
select
    '{{ name }}' as fact,
    changed_key.key as row_key,
    staged.row_key as staged_key,
    fact.row_key as fact_key
from work.changed_key as changed_key
left join {{ name }}_staged as staged
    on changed_key.key = staged.row_key
left join {{ name }}_kept as fact
    on changed_key.key = fact.row_key
where changed_key.feed = '{{ fact.feed }}'
    and (staged.row_key is null) <> (fact.row_key is null)

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
