-- On the day of each snapshot that came or changed, the versions in force are exactly its rows, and no key has two.
{%- set registers = [] %}
{%- for name, fact in registered_facts().items() if name.startswith('dim_') %}{% do registers.append((name, fact)) %}{% endfor %}
with
{%- for name, fact in registers %}

{{ name }}_version as (

    select
        {{ fact.key }} as row_key,
        valid_from,
        valid_to
    from {{ ref(name) }}

){{ ',' if not loop.last }}
{%- endfor %}

{% for name, fact in registers %}
{%- set platform, feed = fact.feed.split('.') %}
select
    '{{ name }}' as register,
    snapshot.business_date,
    count(version.row_key) as versions,
    count(distinct version.row_key) as different_keys,
    max(snapshot.delivered) as delivered
from (
    select
        delivery.business_date,
        count(staged._business_date) as delivered
    from (
        select distinct business_date
        from {{ source('ledger', 'delivery') }}
        where platform = '{{ platform }}'
            and feed = '{{ feed }}'
            and state = 'loaded'
    ) as delivery
    inner join (
        select distinct business_date
        from {{ source('ledger', 'change') }}
        where platform = '{{ platform }}'
            and feed = '{{ feed }}'
    ) as changed
        on delivery.business_date = changed.business_date
    left join {{ ref(staging_of(name)) }} as staged
        on delivery.business_date = staged._business_date
    group by delivery.business_date
) as snapshot
left join {{ name }}_version as version
    on {{ in_force('version', 'snapshot.business_date') }}
group by snapshot.business_date
having count(version.row_key) <> max(snapshot.delivered)
    or count(version.row_key) <> count(distinct version.row_key)
{{ 'union all' if not loop.last }}
{%- endfor %}
