select
    platform,
    platform_title,
    feed,
    title,
    delivery,
    format,
    available_at,
    contract_version,
    owner,
    is_connected,
    own_contract,
    case concat(platform, '.', feed)
        {%- for name, fact in registered_facts().items() if fact.feed %}
        when '{{ fact.feed }}' then '{{ name }}'
        {%- endfor %}
    end as table_name
from {{ source('ledger', 'feed') }}
