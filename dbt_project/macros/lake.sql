{#-
The models on Spark: the tables of the lake under the names that models read, and models as tables of Parquet. Spark builds every
model completely, from the same lists of pending work as a full refresh in DuckDB (macros/build_control.sql), which the working
database has made; so hooks are left out here. pipelines/lake writes the lake before, and reads the result afterwards.
-#}

{#- Hook before a build on Spark. A statement each: Spark takes no more at once. -#}
{% macro open_lake() -%}
{%- if execute -%}
{%- set lake = env_var('SIHE_LAKE') -%}
{%- for schema in ['raw', 'ledger', 'work', 'staging', 'marts', 'meta'] -%}
{%- do run_query('create database if not exists ' ~ schema) -%}
{%- endfor -%}
{%- for source in graph.sources.values() if source.schema == 'raw' -%}
{%- set columns = [] -%}
{%- for column in source.columns.values() -%}
{%- do columns.append(adapter.quote(column.name) ~ ' ' ~ spark_type(column.data_type)) -%}
{%- endfor -%}
{%- do run_query(
    'create table raw.' ~ source.identifier ~ ' (' ~ columns | join(', ') ~ ') using parquet partitioned by (_business_date) location '
    ~ dbt.string_literal(lake ~ '/raw/' ~ source.source_name ~ '/' ~ source.name)
) -%}
{%- endfor -%}
{%- set tables = [] -%}
{%- for source in graph.sources.values() if source.schema == 'ledger' %}{% do tables.append('ledger.' ~ source.identifier) %}{% endfor -%}
{%- for seed in graph.nodes.values() if seed.resource_type == 'seed' %}{% do tables.append(seed.schema ~ '.' ~ seed.alias) %}{% endfor -%}
{%- for list in pending_lists() %}{% do tables.append('work.' ~ list) %}{% endfor -%}
{%- for table in tables -%}
{%- do run_query(
    'create table ' ~ table ~ ' using parquet location ' ~ dbt.string_literal(lake ~ '/tables/' ~ table | replace('.', '/'))
) -%}
{%- endfor -%}
{%- endif -%}
select 1
{%- endmacro %}


{#- Spark's name of a contract's type. -#}
{% macro spark_type(data_type) -%}
{{ return({'VARCHAR': 'string', 'TIMESTAMP': 'timestamp_ntz'}.get(data_type | upper, data_type)) }}
{%- endmacro %}


{% materialization table, adapter='spark' %}
    {{ return(made_of_parquet()) }}
{% endmaterialization %}


{% materialization incremental, adapter='spark' %}
    {{ return(made_of_parquet()) }}
{% endmaterialization %}


{#-
`meta: spark_tasks` of a model that is a union of hundreds of queries: every task of its last step is sent the plan of all of them, so
a task for each part of each query costs minutes of unpacking plans.
-#}
{% macro made_of_parquet() -%}
    {%- set target = this.incorporate(type='table') -%}
    {%- set tasks = (config.get('meta') or {}).get('spark_tasks') -%}
    {% call statement('main') -%}
        create table {{ target }} using parquet as
        {% if tasks -%}
        select /*+ coalesce({{ tasks }}) */ * from (
        {{ sql }}
        )
        {%- else -%}
        {{ sql }}
        {%- endif %}
    {%- endcall %}
    {{ return({'relations': [target]}) }}
{%- endmacro %}


{% materialization view, adapter='spark' %}
    {%- set target = this.incorporate(type='view') -%}
    {% call statement('main') -%}
        create view {{ target }} as {{ sql }}
    {%- endcall %}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}
