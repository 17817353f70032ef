{#-
What a build still owes, kept in the working database so that a night costs what it touches and a crash forgets nothing.

    work.changed_key   (feed, key)   rows of `changes` feeds to be taken up again
    work.touched_day   (kpi_date)    days on which some KPI may read differently now
    work.counted_day   (kpi_date)    days that kpi_daily has counted at least once
    work.rebuild       (reason)      any row: every fact row and every day is to be done again
    work.built_as      (fingerprint) registry and list of feeds of the last whole build
    work.this_build    one row       what this invocation found when it began

The lists only grow until a build of the whole project went through; `finish_build` clears them together with the changes in
the ledger that stood there when that build began. Every step is safe to repeat, so whatever stops a build, the next one
starts from the same lists and ends where a full refresh would.
-#}

{% macro start_build() -%}
create schema if not exists work;
create table if not exists work.changed_key (feed varchar, key varchar);
create table if not exists work.touched_day (kpi_date date);
create table if not exists work.counted_day (kpi_date date);
create table if not exists work.rebuild (reason varchar);
create table if not exists work.built_as (fingerprint varchar);
create or replace table work.this_build as
select
    (select coalesce(max(change_id), 0) from {{ source('ledger', 'change') }}) as newest_change_id,
    concat(
        '{{ local_md5(tojson({"kpis": var("kpis"), "facts": var("facts")}, sort_keys=true)) }}',
        (
            select coalesce(md5(string_agg(concat_ws(' ', platform, feed, available_at), ', ' order by platform, feed)), '')
            from {{ source('ledger', 'feed') }}
        )
    ) as fingerprint;
insert into work.rebuild
select 'the registry of KPIs or the list of feeds is another'
from work.this_build
where fingerprint not in (select fingerprint from work.built_as);
{%- if execute %}
{%- if flags.FULL_REFRESH %}
insert into work.rebuild values ('full refresh');
{%- endif %}
{%- for node in graph.nodes.values() if node.resource_type == 'model' and node.config.materialized == 'incremental' %}
{%- if adapter.get_relation(database=node.database, schema=node.schema, identifier=node.alias) is none %}
insert into work.rebuild values ('{{ node.name }} is not there');
{%- endif %}
{%- endfor %}
{%- endif %}
{%- endmacro %}


{#- Clears the lists when every model of the project was built and nothing failed; a warning is no failure. -#}
{% macro finish_build(results) -%}
{%- if execute -%}
{%- set statuses = results | map(attribute='status') | map('string') | list -%}
{%- set built = results | selectattr('status', 'equalto', 'success') | map(attribute='node.unique_id') | list -%}
{%- set models = graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') | map(attribute='unique_id') | list -%}
{%- if models | reject('in', built) | list == [] and statuses | reject('in', ['success', 'pass', 'warn', 'no-op']) | list == [] -%}
delete from {{ source('ledger', 'change') }} where change_id <= (select newest_change_id from work.this_build);
delete from work.changed_key;
delete from work.touched_day;
delete from work.rebuild;
create or replace table work.built_as as
select fingerprint from work.this_build;
{%- endif -%}
{%- endif -%}
{%- endmacro %}


{#- Hooks around kpi_daily: the days to be counted are taken out before and noted as counted after. -#}
{% macro forget_stale_days() -%}
{%- set stale = ref('stale_day') -%}
{%- set days = ref('dim_date') -%}
{%- if execute and is_incremental() -%}
delete from {{ this }}
where kpi_date in (select kpi_date from {{ stale }}) or kpi_date not in (select date_day from {{ days }});
{%- else -%}
select 1
{%- endif -%}
{%- endmacro %}


{% macro note_counted_days() -%}
delete from work.counted_day
where kpi_date in (select kpi_date from {{ ref('stale_day') }}) or kpi_date not in (select date_day from {{ ref('dim_date') }});
insert into work.counted_day
select kpi_date from {{ ref('stale_day') }};
{%- endmacro %}
