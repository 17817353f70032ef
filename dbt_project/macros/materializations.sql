{#-
Tables, views and incremental tables in one statement each. dbt-duckdb's own build a second relation, rename both and drop the old
one, which takes three to six statements more per model; DuckDB replaces a relation in its transaction by itself, and the working
database has no reader that would see a table missing. Contracts are checked as dbt does. Nothing here uses grants, indexes,
foreign keys, `persist_docs` or Python models.
-#}

{% materialization table, adapter='duckdb' %}
    {{ return(replaced_table()) }}
{% endmaterialization %}


{#-
A table that DuckDB makes whichever engine makes the others: it stands on views, which only DuckDB has, or has quantiles, which
engines round differently in their last bit.
-#}
{% materialization summary, adapter='duckdb' %}
    {{ return(replaced_table()) }}
{% endmaterialization %}


{% macro replaced_table() -%}
    {%- set target = this.incorporate(type='table') -%}
    {{ drop_if_of_another_type(target) }}
    {{ run_hooks(pre_hooks) }}
    {% call statement('main') -%}
        create or replace table {{ target }} as {{ contracted_query() }}
    {%- endcall %}
    {{ run_hooks(post_hooks) }}
    {% do adapter.commit() %}
    {{ return({'relations': [target]}) }}
{%- endmacro %}


{% materialization view, adapter='duckdb' %}
    {%- set target = this.incorporate(type='view') -%}
    {{ drop_if_of_another_type(target) }}
    {{ run_hooks(pre_hooks) }}
    {% call statement('main') -%}
        create or replace view {{ target }} as {{ contracted_query() }}
    {%- endcall %}
    {{ run_hooks(post_hooks) }}
    {% do adapter.commit() %}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}


{#- Appends; the pre-hook has deleted the rows that the query brings again. -#}
{% materialization incremental, adapter='duckdb' %}
    {%- set target = this.incorporate(type='table') -%}
    {%- set existing = load_cached_relation(this) -%}
    {{ drop_if_of_another_type(target) }}
    {{ run_hooks(pre_hooks) }}
    {% call statement('main') -%}
        {% if existing is none or existing.type != 'table' or should_full_refresh() -%}
        create or replace table {{ target }} as {{ contracted_query() }}
        {%- else -%}
        insert into {{ target }} by name {{ contracted_query() }}
        {%- endif %}
    {%- endcall %}
    {{ run_hooks(post_hooks) }}
    {% do adapter.commit() %}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}


{#-
The model's query, with its columns in the contract's order, if it has one. The contract is checked when the model's code, or that of
one above it, is another than at the last build: a check plans the query twice.
-#}
{% macro contracted_query() -%}
{%- if config.get('contract').enforced -%}
{%- if is_stale() -%}
{{ get_assert_columns_equivalent(sql) }}
{%- endif -%}
(
{{ get_select_subquery(sql) }}
)
{%- else -%}
(
{{ sql }}
)
{%- endif -%}
{%- endmacro %}


{#-
Whether the model's table was built from other code; before its first build too. dbt asks four times per model: the list is read once
per invocation, and kept where all nodes see it (`start_build` removes it).
-#}
{% macro is_stale() -%}
{%- if 'stale_models' not in graph -%}
{%- do graph.update({'stale_models': run_query('select model from work.stale_model').columns[0].values() | list}) -%}
{%- endif -%}
{{ return(flags.FULL_REFRESH or model.name in graph.stale_models) }}
{%- endmacro %}


{% macro drop_if_of_another_type(target) -%}
{%- set existing = load_cached_relation(this) -%}
{%- if existing is not none and existing.type != target.type -%}
{%- do adapter.drop_relation(existing) -%}
{%- endif -%}
{%- endmacro %}


{#-
Loads a seed from the project that dbt was started in. dbt-duckdb's own takes the folder that dbt remembers from the last parse: that
of another home if this one is a copy of it or was moved.
-#}
{% macro duckdb__load_csv_rows(model, agate_table) -%}
{%- set sql -%}
copy {{ this }} from '{{ agate_table.original_abspath | replace("'", "''") }}' (format csv, header true, delimiter '{{ config.get('delimiter', ',') }}')
{%- endset -%}
{%- do adapter.add_query(sql, abridge_sql_log=true) -%}
{{ return(sql) }}
{%- endmacro %}
