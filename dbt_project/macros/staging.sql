{#-
Staging renames nothing and repeats no column list: key, order and columns come from the source's entry, which is generated
from the feed's contract. The staging model of a new feed is one line.
-#}

{% macro feed_source(platform, feed) -%}
    {{ return(graph.sources.values()
        | selectattr('source_name', 'equalto', platform) | selectattr('name', 'equalto', feed) | first) }}
{%- endmacro %}


{#- The columns of a feed in its contract, without those that give a row's place in the export. -#}
{% macro delivered_columns(platform, feed) -%}
{%- set entry = feed_source(platform, feed) -%}
{{ return(entry.columns.values() | map(attribute='name') | reject('in', ['_business_date', '_file_name', '_row_number']) | list) }}
{%- endmacro %}


{#- The key of a row as one text, for any number of columns. -#}
{% macro key_text(columns) -%}
{%- for column in columns -%}
cast({{ column }} as {{ dbt.type_string() }}){% if not loop.last %} || '|' || {% endif %}
{%- endfor -%}
{%- endmacro %}


{#- Every row of every snapshot in force; the register's versions decide which snapshot counts on a day. -#}
{% macro all_snapshots(platform, feed) -%}
{{ config(materialized='view') }}
{%- set delivered = source(platform, feed) -%}
{%- set parts = source('ledger', 'snapshot_part') -%}
{%- set entry = feed_source(platform, feed) if execute -%}
{%- set columns = entry.columns.values() | map(attribute='name') | list if execute else ['*'] -%}
{%- set meta = (entry.config.meta or entry.meta) if execute else {} -%}
{%- if meta.is_split -%}
{{ snapshots_of_parts(platform, feed, delivered, parts, columns, meta) }}
{%- else -%}
select
{%- for column in columns %}
    {{ column }}{{ ',' if not loop.last }}
{%- endfor %}
from {{ delivered }}
{%- endif -%}
{%- endmacro %}


{#-
The same for a register that comes in several files a day: `_business_date` is the day on which a row counts, which may be one
after its delivery, when a part is missing, or before the first delivery of its part. A key that two parts have moved from one
to the other: the newest delivery has it.
-#}
{% macro snapshots_of_parts(platform, feed, delivered, parts, columns, meta) -%}
{%- set is_of_the_time = 'part.delivered_on <= part.snapshot_on' -%}
select
{%- for column in columns %}
    {{ column }}{{ ',' if not loop.last }}
{%- endfor %}
from (
    select
        {%- for column in columns %}
        {{ 'part.snapshot_on' if column == '_business_date' else 'delivered.' ~ column }} as {{ column }},
        {%- endfor %}
        row_number() over (
            partition by part.snapshot_on{% for column in meta.key %}, delivered.{{ column }}{% endfor %}
            order by
                case when {{ is_of_the_time }} then part.delivered_on end desc nulls last,
                part.delivered_on asc,
                {%- if meta.updated_by %}
                delivered.{{ meta.updated_by }} desc nulls last,
                {%- endif %}
                delivered._file_name desc,
                delivered._row_number desc
        ) as _nth_newest
    from {{ delivered }} as delivered
    inner join {{ parts }} as part
        on part.platform = '{{ platform }}'
        and part.feed = '{{ feed }}'
        and delivered._business_date = part.delivered_on
        and delivered._file_name = part.file_name
) as counted
where _nth_newest = 1
{%- endmacro %}


{#-
The current row of each key of a `changes` feed (greatest updated_by, then the later business date) or of an `append` feed
(the later business date). Only the keys of changed deliveries are processed again.
-#}
{% macro current_rows(platform, feed) -%}
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='sync_all_columns',
    pre_hook="{{ forget_changed_rows('" ~ platform ~ "', '" ~ feed ~ "') }}"
) }}
{%- set delivered = source(platform, feed) -%}
{%- if execute -%}
{%- set entry = feed_source(platform, feed) -%}
{%- set meta = entry.config.meta or entry.meta -%}
{%- set columns = entry.columns.values() | map(attribute='name') | list -%}
{%- set newest_first = ([meta.updated_by] if meta.updated_by else []) + ['_business_date', '_row_number', '_file_name'] -%}
with

delivered as (

    select
        {%- for column in columns %}
        {{ column }},
        {%- endfor %}
        row_number() over (
            partition by {{ meta.key | join(', ') }}
            order by {{ newest_first | join(' desc, ') }} desc
        ) as _nth_newest
    from {{ delivered }}
    {%- if is_incremental() %}
    where {{ key_text(meta.key) }} in (select key from work.changed_key where feed = '{{ platform }}.{{ feed }}')
    {%- endif %}

)

select
    {%- for column in columns %}
    {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
from delivered
where _nth_newest = 1
{%- else -%}
select * from {{ delivered }}
{%- endif -%}
{%- endmacro %}


{#- Lists the keys that a changed delivery has or had, and deletes their rows. -#}
{% macro forget_changed_rows(platform, feed) -%}
{%- set delivered = source(platform, feed) -%}
{%- set changes = source('ledger', 'change') -%}
{%- if execute -%}
{%- set feed_id = platform ~ '.' ~ feed -%}
{%- set entry = feed_source(platform, feed) -%}
{%- set key = key_text((entry.config.meta or entry.meta).key) -%}
{%- set changed_dates -%}
    select business_date from {{ changes }} where platform = '{{ platform }}' and feed = '{{ feed }}'
{%- endset -%}
insert into work.changed_key
select '{{ feed_id }}', {{ key }} from {{ delivered }} where _business_date in ({{ changed_dates }})
{%- if is_incremental() %}
union
select '{{ feed_id }}', {{ key }} from {{ this }} where _business_date in ({{ changed_dates }})
{%- endif %}
except
select feed, key from work.changed_key;
{%- if is_incremental() %}
delete from {{ this }} where {{ key }} in (select key from work.changed_key where feed = '{{ feed_id }}');
{%- endif %}
{%- else -%}
select 1
{%- endif -%}
{%- endmacro %}
