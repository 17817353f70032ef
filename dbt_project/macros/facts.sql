{#-
Facts and registers, and how changes propagate through them (`config: meta: fact:` of a model gives its feed, its key and the facts it reads).

A fact follows its staging model by key: a row is processed again if its delivery changed, if a row changed that has the same
`related_by` columns, if a row changed that it `follows` (the fact and the column that links them), or when the day of its limit is over (`falls_due`). A register has one row
per version: as-of snapshots, stored as spans of days. Old and new versions of all processed rows are compared; for every
measure of the registry the days with a difference are computed, and those numbers are marked as touched.
-#}

{% macro incremental_fact(name) -%}
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ replace_changed_rows('" ~ name ~ "') }}",
    post_hook="{{ note_moved_rows('" ~ name ~ "') }}"
) }}
{%- endmacro %}


{% macro incremental_register(name) -%}
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ replace_changed_versions('" ~ name ~ "') }}",
    post_hook="{{ note_moved_rows('" ~ name ~ "') }}"
) }}
{%- endmacro %}


{#- The clause that restricts an incremental fact or register to the changed rows. -#}
{% macro changed_rows_only(name) -%}
{%- if is_incremental() -%}
where {{ registered_facts()[name].key }} in ({{ changed_keys(name) }})
{%- endif -%}
{%- endmacro %}


{% macro changed_keys(name) -%}
select key from work.changed_key where feed = '{{ registered_facts()[name].feed }}'
{%- endmacro %}


{#- Saves the old versions of the rows to process and deletes them; for a rebuild deletes all rows and saves none. -#}
{% macro put_old_rows_aside(name) -%}
{%- set fact = registered_facts()[name] %}
insert into work.changed_key
select '{{ fact.feed }}', {{ fact.key }} from {{ ref(staging_of(name)) }} where exists (select 1 from work.rebuild)
union
select '{{ fact.feed }}', {{ fact.key }} from {{ this }} where exists (select 1 from work.rebuild)
except
select feed, key from work.changed_key;
create or replace table work.before_{{ name }} as
select * from {{ this }} where {{ fact.key }} in ({{ changed_keys(name) }}) and not exists (select 1 from work.rebuild);
delete from {{ this }} where {{ fact.key }} in ({{ changed_keys(name) }});
{%- endmacro %}


{% macro staging_of(name) -%}
{{ return('stg_' ~ registered_facts()[name].feed | replace('.', '__')) }}
{%- endmacro %}


{#- Hook before an incremental fact. -#}
{% macro replace_changed_rows(name) -%}
{%- set fact = registered_facts()[name] -%}
{%- set staged_rows = ref(staging_of(name)) -%}
{%- if execute -%}
{%- if is_incremental() %}
{%- if fact.falls_due %}
insert into work.changed_key
select '{{ fact.feed }}', {{ fact.key }}
from {{ this }}
where case
        when {{ fact.falls_due.flag }} is null then {{ fact.falls_due.day }} <= (select max(date_day) from {{ ref('dim_date') }})
        when not {{ fact.falls_due.flag }} then {{ fact.falls_due.day }} > (select max(date_day) from {{ ref('dim_date') }})
    end
except
select feed, key from work.changed_key;
{%- endif %}
{%- for other in fact.follows or [] %}
insert into work.changed_key
select '{{ fact.feed }}', {{ fact.key }}
from {{ staged_rows }}
where {{ other.column }} in (
    select value from work.moved_value where model = '{{ other.fact }}' and column_name = '{{ other.column }}'
)
except
select feed, key from work.changed_key;
{%- endfor %}
{%- if fact.related_by %}
{%- set related_by = fact.related_by | join(', ') %}
{%- set all_given = fact.related_by | join(' is not null and ') ~ ' is not null' %}
{#- Nulls must not match, but DuckDB's `in` on rows matches them: all events without a grid would be processed again. #}
insert into work.changed_key
select '{{ fact.feed }}', {{ fact.key }}
from {{ staged_rows }}
where {{ all_given }}
    and ({{ related_by }}) in (
    select ({{ related_by }}) from {{ staged_rows }} where {{ fact.key }} in ({{ changed_keys(name) }}) and {{ all_given }}
    union
    select ({{ related_by }}) from {{ this }} where {{ fact.key }} in ({{ changed_keys(name) }}) and {{ all_given }}
)
except
select feed, key from work.changed_key;
{%- endif %}
{{ put_old_rows_aside(name) }}
{%- else %}
drop table if exists work.before_{{ name }};
{%- endif %}
{%- else -%}
select 1
{%- endif -%}
{%- endmacro %}


{#-
Hook before an incremental register: the keys whose versions change because of a changed snapshot. A snapshot applies to the
days from its own to the next one's (the first one also to all days before it), with the same content on all of them, so it is
enough to compare its own day; and versions record the line they first came with.
-#}
{% macro replace_changed_versions(name) -%}
{%- set fact = registered_facts()[name] -%}
{%- set staged_rows = ref(staging_of(name)) -%}
{%- set deliveries = source('ledger', 'delivery') -%}
{%- set changes = source('ledger', 'change') -%}
{%- if execute -%}
{%- set platform, feed = fact.feed.split('.') -%}
{%- set columns = delivered_columns(platform, feed) | join(', ') -%}
{%- if is_incremental() %}
insert into work.changed_key
with

changed as (
    select distinct business_date as changed_on from {{ changes }} where platform = '{{ platform }}' and feed = '{{ feed }}'
),

loaded as (
    select business_date as loaded_on from {{ deliveries }}
    where platform = '{{ platform }}' and feed = '{{ feed }}' and state = 'loaded'
),

in_force as (
    select
        changed.changed_on,
        coalesce(max(loaded.loaded_on) filter (where loaded.loaded_on <= changed.changed_on), min(loaded.loaded_on)) as loaded_on
    from changed
    cross join loaded
    group by changed.changed_on
),

new_row as (
    select in_force.changed_on, {{ columns }}
    from {{ staged_rows }} as staged
    inner join in_force on staged._business_date = in_force.loaded_on
),

old_version as (
    select changed.changed_on, version.*
    from {{ this }} as version
    inner join changed
        on {{ in_force('version', 'changed.changed_on') }}
),

old_row as (
    select changed_on, {{ columns }} from old_version
)

select '{{ fact.feed }}', {{ fact.key }} from (select * from new_row except select * from old_row)
union
select '{{ fact.feed }}', {{ fact.key }} from (select * from old_row except select * from new_row)
union
select '{{ fact.feed }}', {{ fact.key }} from old_version where business_date > changed_on
union
select '{{ fact.feed }}', {{ fact.key }} from {{ this }} where business_date in (select changed_on from changed)
except
select feed, key from work.changed_key;
{{ put_old_rows_aside(name) }}
{%- else %}
drop table if exists work.before_{{ name }};
{%- endif %}
{%- else -%}
select 1
{%- endif -%}
{%- endmacro %}


{#-
A register's versions: the same row in consecutive snapshots is one version, with the days on which it is in force (`valid_from`
included, `valid_to` excluded, null if it has no end) and the line it first came with. The first snapshot also applies to all
days before it, from 1900-01-01; a snapshot without the key ends a version, an empty one ends all of them.
-#}
{% macro versions(name) -%}
{%- set fact = registered_facts()[name] -%}
{%- set staged_rows = ref(staging_of(name)) -%}
{%- set deliveries = source('ledger', 'delivery') -%}
{%- set platform, feed = fact.feed.split('.') -%}
{%- set columns = delivered_columns(platform, feed) if execute else [fact.key] -%}
snapshot as (

    select
        business_date,
        row_number() over (order by business_date) as nth
    from {{ deliveries }}
    where platform = '{{ platform }}'
        and feed = '{{ feed }}'
        and state = 'loaded'
    group by business_date

),

delivered as (

    select
        staged.*,
        snapshot.nth,
        snapshot.nth - row_number() over (
            partition by
                {%- for column in columns %}
                staged.{{ column }}{{ ',' if not loop.last }}
                {%- endfor %}
            order by snapshot.nth
        ) as island
    from {{ staged_rows }} as staged
    inner join snapshot
        on staged._business_date = snapshot.business_date
    {{ changed_rows_only(name) }}

),

island as (

    select
        {%- for column in columns %}
        {{ column }},
        {%- endfor %}
        min(nth) as first_nth,
        max(nth) as last_nth,
        min_by(_file_name, nth) as file_name,
        min_by(_row_number, nth) as row_number
    from delivered
    group by
        {%- for column in columns %}
        {{ column }},
        {%- endfor %}
        island

),

version as (

    select
        island.*,
        first_snapshot.business_date,
        case when island.first_nth = 1 then date '1900-01-01' else first_snapshot.business_date end as valid_from,
        next_snapshot.business_date as valid_to
    from island
    inner join snapshot as first_snapshot
        on island.first_nth = first_snapshot.nth
    left join snapshot as next_snapshot
        on island.last_nth + 1 = next_snapshot.nth

)
{%- endmacro %}


{#-
Hook after an incremental fact or register. Finds the difference of old and new rows; most were processed only because they
depend on a changed one, and are unchanged. A measure's number changes on the days on which the sums of its old and its new
rows differ for one of its groups.
-#}
{% macro note_moved_rows(name) -%}
{%- set days = ref('dim_date') -%}
{%- if execute -%}
{%- set moved = 'work.moved_' ~ name -%}
{%- set has_old_rows = run_query(
    "select 1 from duckdb_tables() where schema_name = 'work' and table_name = 'before_" ~ name ~ "'
    and not exists (select 1 from work.rebuild)"
) | length > 0 -%}
{%- if has_old_rows -%}
{%- set new_rows = 'select * from ' ~ this ~ ' where ' ~ registered_facts()[name].key ~ ' in (' ~ changed_keys(name) ~ ')' -%}
{%- set old_rows = 'select * from work.before_' ~ name -%}
{%- do run_query('create or replace table ' ~ moved ~ ' as select -1 as sign, * from (' ~ old_rows ~ ' except ' ~ new_rows
    ~ ') union all select 1 as sign, * from (' ~ new_rows ~ ' except ' ~ old_rows ~ ')') -%}
{%- if run_query('select 1 from ' ~ moved ~ ' limit 1') | length -%}
{%- for column in followed_columns(name) %}
insert into work.moved_value
select '{{ name }}', '{{ column }}', {{ column }} from {{ moved }} where {{ column }} is not null
except
select model, column_name, value from work.moved_value;
{%- endfor %}
{%- set watches = watches_of(name) %}
{%- if watches %}
insert into work.touched_cell
with

contribution as (
    {%- for watch in watches %}
    select {{ loop.index }} as watch, {{ watch.group }} as counted_by, {{ watch.from }} as from_on,
        coalesce({{ watch.to }}, date '9999-12-31') as to_on, sign * cast({{ watch.amount }} as decimal(38, 6)) as amount, sign
    from {{ moved }}
    where {{ watch.condition }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

step as (
    select watch, counted_by, step_on, sum(amount) as amount, sum(sign) as row_count
    from (
        select watch, counted_by, from_on as step_on, amount, sign from contribution where from_on < to_on
        union all
        select watch, counted_by, to_on as step_on, -amount as amount, -sign as sign from contribution where from_on < to_on
    )
    group by watch, counted_by, step_on
),

running as (
    select
        watch,
        step_on as from_on,
        lead(step_on) over (partition by watch, counted_by order by step_on) as to_on,
        sum(amount) over (partition by watch, counted_by order by step_on rows unbounded preceding) as amount,
        sum(row_count) over (partition by watch, counted_by order by step_on rows unbounded preceding) as row_count
    from step
),

watch_of_kpi as (
    {%- for watch in watches %}{% set nth = loop.index %}
    {%- for kpi_id in watch.kpi_ids %}
    select {{ nth }} as watch, '{{ kpi_id }}' as kpi_id {{ 'union all' if not loop.last }}
    {%- endfor %} {{ 'union all' if not loop.last }}
    {%- endfor %}
),

touched as (
    select distinct running.watch, day.date_day
    from running
    inner join {{ days }} as day on day.date_day >= running.from_on and day.date_day < running.to_on
    where running.amount <> 0 or running.row_count <> 0
)

select watch_of_kpi.kpi_id, touched.date_day
from touched
inner join watch_of_kpi on touched.watch = watch_of_kpi.watch
except
select kpi_id, kpi_date from work.touched_cell;
{%- endif %}
{%- endif %}
drop table {{ moved }};
{%- endif %}
drop table if exists work.before_{{ name }};
{%- else -%}
select 1
{%- endif -%}
{%- endmacro %}


{#- The columns of a fact by which other facts join it. -#}
{% macro followed_columns(name) -%}
{%- set columns = [] -%}
{%- for fact in registered_facts().values() -%}
{%- for other in fact.follows or [] if other.fact == name and other.column not in columns -%}
{%- do columns.append(other.column) -%}
{%- endfor -%}
{%- endfor -%}
{{ return(columns) }}
{%- endmacro %}


{#- Hook before dim_org: a new or removed community moves rows into or out of every KPI, so everything must be processed again. -#}
{% macro rebuild_when_communities_change() -%}
{%- set staged_rows = ref('stg_smart_community__community') -%}
{%- if execute -%}
insert into work.rebuild
{%- if load_relation(this) %}
select 'a community came or went'
where exists (
    select community_code from {{ staged_rows }}
    except
    select org_code from {{ this }} where org_level = 'community'
) or exists (
    select org_code from {{ this }} where org_level = 'community'
    except
    select community_code from {{ staged_rows }}
)
{%- else %}
values ('dim_org is not there')
{%- endif %}
{%- else -%}
select 1
{%- endif -%}
{%- endmacro %}
