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
    {#- Rows that a rule computes (evidence) are not published: the feed's table is the one without a rule. #}
    case concat(platform, '.', feed)
        {%- for name, fact in registered_facts().items() if fact.feed and not fact.evidence %}
        when '{{ fact.feed }}' then '{{ name }}'
        {%- endfor %}
    end as table_name
from {{ source('ledger', 'feed') }}
