{#-
Pending work of incremental builds. It is stored in the working database, so that a build costs only what changed and a crash loses nothing.

    work.changed_key   (feed, key)                   rows of the feed's table to process again
    work.moved_value   (model, column_name, value)   old and new values of changed rows in a column that other facts follow
    work.touched_cell  (kpi_id, kpi_date)            numbers that may have changed
    work.counted_day   (kpi_date)                    days on which a complete build counted every KPI
    work.rebuild       (reason)                      any row: every fact row and every day must be processed again
    work.stale_model   (model)                       models that this invocation rebuilds completely: according to the ledger,
                                                     their tables were built from other code
    work.built_target  (kpi_id, told)                targets of the last complete build, as a fingerprint
    work.built_feed    (feed, told)                  feeds of the last complete build: when they are due, whether they are connected and ever delivered
    work.present_feed                                the same of this invocation
    work.built_kpi     (kpi_id, pillar, told)        formulas of the last complete build, one fingerprint each
    work.registered_kpi                              the same of this invocation
    work.unconnected_kpi (kpi_id)                   KPIs over a feed that is not connected: they have no number. One over a connected feed that
                                                     has delivered nothing yet is counted literally; screens say what is awaited
    work.brought       (unique_id)                   models whose tables another engine built for this invocation (pipelines/lake)
    work.this_build    one row                       the newest change in the ledger at the start of this invocation

The lists only grow until a build of the complete project succeeds; then `finish_build` clears them, together with the changes
that were in the ledger when that build began. Every step can be repeated: after any interruption the next build starts from
the same lists, and its result is that of a full refresh.
-#}

{% macro start_build() -%}
{%- do graph.pop('stale_models', none) -%}
create schema if not exists work;
create table if not exists work.changed_key (feed varchar, key varchar);
create table if not exists work.moved_value (model varchar, column_name varchar, value varchar);
create table if not exists work.touched_cell (kpi_id varchar, kpi_date date);
create table if not exists work.counted_day (kpi_date date);
create table if not exists work.rebuild (reason varchar);
create table if not exists work.built_target (kpi_id varchar, told varchar);
create table if not exists work.built_feed (feed varchar, told varchar);
create table if not exists work.built_kpi (kpi_id varchar, pillar varchar, told varchar);
create table if not exists work.brought (unique_id varchar);
{%- set models = graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') | map(attribute='name') | list if execute else ['model'] %}
create or replace table work.stale_model as
select known.model
from (values ('{{ models | join("'), ('") }}')) as known (model)
where known.model not in (select built_model.model from {{ source('ledger', 'built_model') }} as built_model);
create or replace table work.registered_kpi as
select * from (
    values
    {%- for kpi_id, formula in registered_formulas().items() %}
    ('{{ kpi_id }}', '{{ formula.pillar }}', '{{ formula.told }}'){{ ',' if not loop.last }}
    {%- endfor %}
) as kpi (kpi_id, pillar, told);
create or replace table work.this_build as
select coalesce(max(change_id), 0) as newest_change_id from {{ source('ledger', 'change') }};
create or replace table work.unconnected_kpi as
select distinct standing.kpi_id
from ({{ kpi_feeds() }}) as standing
inner join {{ source('ledger', 'feed') }} as feed on standing.feed = concat(feed.platform, '.', feed.feed)
where not feed.is_connected;
create or replace table work.present_feed as
select feed, string_agg(told, ' ' order by told) as told
from (
    select concat(platform, '.', feed) as feed, concat('due at ', available_at) as told from {{ source('ledger', 'feed') }}
    union
    select concat(platform, '.', feed) as feed, 'is connected' as told from {{ source('ledger', 'feed') }} where is_connected
    union
    select concat(platform, '.', feed) as feed, 'has delivered' as told from {{ source('ledger', 'delivery') }} where state = 'loaded'
) as known
group by feed;
{#-
The numbers of a KPI are computed for every day: with a changed formula (changed texts affect nothing), over a fact that is rebuilt
completely, because it does not list what changed in it, and over a feed that delivers for the first time, because then there are
data, or known gaps, on every day.
#}
insert into work.touched_cell
with

standing as (
    {%- for kpi_id, kpi in registered_kpis().items() %}
    {%- for fact in facts_of(kpi) + ([] if kpi.den else ['dim_community']) %}
    select '{{ kpi_id }}' as kpi_id, '{{ fact }}' as fact, '{{ registered_facts()[fact].feed }}' as feed
    {{ 'union all' if not loop.last }}
    {%- endfor %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

changed_feed as (
    select feed from (select * from work.present_feed except select * from work.built_feed)
    union
    select feed from (select * from work.built_feed except select * from work.present_feed)
),

changed_kpi as (
    select kpi_id from work.registered_kpi where (kpi_id, told) not in (select (kpi_id, told) from work.built_kpi)
    union
    select standing.kpi_id from standing inner join work.stale_model as stale on standing.fact = stale.model
    union
    select standing.kpi_id from standing inner join changed_feed on standing.feed in (changed_feed.feed, 'ledger.delivery')
)

select changed_kpi.kpi_id, counted.kpi_date
from changed_kpi
cross join work.counted_day as counted
except
select kpi_id, kpi_date from work.touched_cell;
{%- if execute %}
{%- if flags.FULL_REFRESH %}
insert into work.rebuild values ('full refresh');
{%- endif %}
{%- for node in graph.nodes.values() if node.resource_type == 'model' and node.config.materialized == 'incremental' %}
{%- if adapter.get_relation(database=node.database, schema=node.schema, identifier=node.alias) is none %}
{#- A new model is built completely in any case. #}
insert into work.rebuild
select '{{ node.name }} is not there' where '{{ node.name }}' not in (select model from work.stale_model);
{%- endif %}
{%- endfor %}
{%- endif %}
{%- endmacro %}


{#-
Replaces dbt's own macro, which only checks the flag: an incremental model is also rebuilt completely if it is stale, and a seed always,
because it is small and its columns may have changed.
-#}
{% macro should_full_refresh() -%}
{%- if flags.FULL_REFRESH or model.resource_type == 'seed' -%}
{{ return(true) }}
{%- endif -%}
{{ return(model.config.materialized == 'incremental' and is_stale()) }}
{%- endmacro %}


{#- Clears the lists if every model of the project was built and nothing failed; a warning is not a failure. -#}
{% macro finish_build(results) -%}
{%- set days = ref('dim_date') -%}
{%- set targets = ref('kpi_target') -%}
{%- if execute -%}
{%- set statuses = results | map(attribute='status') | map('string') | list -%}
{%- set built = results | selectattr('status', 'equalto', 'success') | map(attribute='node.unique_id') | list
    + run_query('select unique_id from work.brought').columns[0].values() | list -%}
{%- set models = graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') | map(attribute='unique_id') | list -%}
{%- if models | reject('in', built) | list == [] and statuses | reject('in', ['success', 'pass', 'warn', 'no-op']) | list == [] -%}
delete from {{ source('ledger', 'change') }} where change_id <= (select newest_change_id from work.this_build);
delete from work.changed_key;
delete from work.moved_value;
delete from work.touched_cell;
delete from work.rebuild;
delete from work.brought;
create or replace table work.counted_day as
select date_day as kpi_date from {{ days }};
create or replace table work.built_target as
select kpi_id, {{ targets_told() }} as told from {{ targets }} group by kpi_id;
create or replace table work.built_feed as
select feed, told from work.present_feed;
create or replace table work.built_kpi as
select kpi_id, pillar, told from work.registered_kpi;
{%- endif -%}
{%- endif -%}
{%- endmacro %}


{#- Hook before kpi_daily: deletes the numbers that will be counted again, and days that left the calendar. -#}
{% macro forget_stale_cells() -%}
{%- set stale = ref('stale_cell') -%}
{%- set days = ref('dim_date') -%}
{%- if execute and is_incremental() -%}
delete from {{ this }}
where (kpi_id, kpi_date) in (select (kpi_id, kpi_date) from {{ stale }})
    or kpi_date not in (select date_day from {{ days }})
    or kpi_id not in (select kpi_id from work.registered_kpi);
{%- else -%}
select 1
{%- endif -%}
{%- endmacro %}


{#- Hook before overloaded_worker: the same for the days on which their KPI will be counted again. -#}
{% macro forget_stale_loads() -%}
{%- set stale = ref('stale_cell') -%}
{%- set days = ref('dim_date') -%}
{%- if execute and is_incremental() -%}
delete from {{ this }}
where kpi_date in (select kpi_date from {{ stale }} where kpi_id = 'overloaded_worker_share')
    or kpi_date not in (select date_day from {{ days }});
{%- else -%}
select 1
{%- endif -%}
{%- endmacro %}


{#- Hook before kpi_period: deletes the periods that will be counted again, and those of the newest day up to a past one. -#}
{% macro forget_stale_periods() -%}
{%- set stale = ref('stale_period') -%}
{%- set days = ref('dim_date') -%}
{%- if execute and is_incremental() -%}
delete from {{ this }}
where (kpi_id, as_of) in (select (kpi_id, as_of) from {{ stale }})
    or as_of not in (select date_day from {{ days }})
    or kpi_id not in (select kpi_id from work.registered_kpi)
    or (
        period <> '30d'
        and cast({{ dbt.date_trunc('month', days_later(1, 'as_of')) }} as date) <= as_of
        and as_of < (select max(date_day) from {{ days }})
    )
    or (period in ('1d', '7d', 'all') and as_of < (select max(date_day) from {{ days }}));
{%- else -%}
select 1
{%- endif -%}
{%- endmacro %}


{#-
The condition for rows of periods that this build counted. The first day is a literal, because only a literal reaches the tables behind
a view: without it, `kpi_change` is computed for all periods.
-#}
{% macro counted_in_this_build(kpi_id, as_of) -%}
{%- set stale = ref('stale_period') -%}
{%- set first_day = run_query('select min(as_of) from ' ~ stale).columns[0][0] if execute -%}
{{ as_of }} >= cast({{ "'" ~ first_day ~ "'" if first_day else 'null' }} as date)
    and ({{ kpi_id }}, {{ as_of }}) in (select (stale_period.kpi_id, stale_period.as_of) from {{ stale }} as stale_period)
{%- endmacro %}


{#- Hook before index_daily. -#}
{% macro forget_stale_indexes() -%}
{%- set stale = ref('stale_period') -%}
{%- set days = ref('dim_date') -%}
{%- if execute and is_incremental() -%}
delete from {{ this }}
where as_of in (select as_of from {{ stale }} where is_in_an_index) or as_of not in (select date_day from {{ days }});
{%- else -%}
select 1
{%- endif -%}
{%- endmacro %}


{#- The KPIs that have numbers: registered, over feeds that are connected. -#}
{% macro counted_kpis() -%}
select registered.kpi_id from work.registered_kpi as registered
except
select unconnected.kpi_id from work.unconnected_kpi as unconnected
{%- endmacro %}


{#- All of these lists, by the names of their tables. -#}
{% macro pending_lists() -%}
{{ return([
    'changed_key', 'moved_value', 'touched_cell', 'counted_day', 'rebuild', 'stale_model', 'built_target', 'built_feed', 'present_feed',
    'built_kpi', 'registered_kpi', 'this_build', 'unconnected_kpi',
]) }}
{%- endmacro %}
