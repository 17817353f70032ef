-- On the day of each snapshot that came or changed, the versions in force are exactly its rows, and no key has two.
{%- set registers = [] %}
{%- for name, fact in registered_facts().items() if name.startswith('dim_') %}{% do registers.append((name, fact)) %}{% endfor %}
{%- for name, fact in registers %}
{%- set platform, feed = fact.feed.split('.') %}
select
    '{{ name }}' as register,
    snapshot.business_date,
    count(version.{{ fact.key }}) as versions,
    count(distinct version.{{ fact.key }}) as different_keys,
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
left join {{ ref(name) }} as version
    on {{ in_force('version', 'snapshot.business_date') }}
group by snapshot.business_date
having count(version.{{ fact.key }}) <> max(snapshot.delivered)
    or count(version.{{ fact.key }}) <> count(distinct version.{{ fact.key }})
{{ 'union all' if not loop.last }}
{%- endfor %}
