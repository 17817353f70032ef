{#- The feeds that a page shows rows of: those behind the tables that its own queries read, as its exposure says. -#}
{%- set facts = registered_facts() -%}
{%- set needs = [] -%}
{%- for page in (graph.exposures.values() | sort(attribute='name') if execute else []) -%}
{%- set feeds = ['ledger.delivery'] -%}
{%- for name in page.config.meta.shows -%}
{%- set fact = facts.get(name) or {} -%}
{%- set behind = [name] if fact.feed else (fact.follows or []) | map(attribute='fact') | list -%}
{%- for one in behind if facts[one].feed not in feeds -%}
{%- do feeds.append(facts[one].feed) -%}
{%- do needs.append({'page': page.name, 'feed': facts[one].feed}) -%}
{%- endfor -%}
{%- endfor -%}
{%- endfor -%}
select
    need.page,
    feed.platform,
    feed.feed
from (
    values
    {%- for one in needs or [{'page': '', 'feed': ''}] %}
    ('{{ one.page }}', '{{ one.feed }}'){{ ',' if not loop.last }}
    {%- endfor %}
) as need (page, feed)
inner join {{ source('ledger', 'feed') }} as feed
    on need.feed = concat(feed.platform, '.', feed.feed)
