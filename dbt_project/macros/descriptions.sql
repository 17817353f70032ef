{#-
The descriptions of models, seeds and their columns as comments of the database.

At the end of a run, in one statement, and only those that differ. dbt's own `persist_docs` asks for the columns of each relation and
writes its comments one after the other: a tenth of a build.
-#}
{% macro write_descriptions() -%}
{%- if execute -%}
{%- set found = run_query(described()) -%}
{%- set known = {} -%}
{%- for row in found.rows -%}
{%- do known.update({row['place']: (row['kind'], row['comment'])}) -%}
{%- endfor -%}
{%- for node in graph.nodes.values() if node.resource_type in ('model', 'seed') -%}
{%- set relation = node.schema ~ '.' ~ node.alias -%}
{%- if relation in known and node.description and known[relation][1] != node.description -%}
comment on {{ known[relation][0] }} {{ relation }} is {{ dbt.string_literal(dbt.escape_single_quotes(node.description)) }};
{% endif -%}
{%- for column in node.columns.values() -%}
{%- set place = relation ~ '.' ~ column.name -%}
{%- if place in known and column.description and known[place][1] != column.description -%}
comment on column {{ relation }}.{{ adapter.quote(column.name) }} is {{ dbt.string_literal(dbt.escape_single_quotes(column.description)) }};
{% endif -%}
{%- endfor -%}
{%- endfor -%}
{%- endif -%}
{%- endmacro %}


{#- Every relation and column that can be described: its place, for a relation its kind, and its comment. -#}
{% macro described() -%}
select schema_name || '.' || table_name as place, 'table' as kind, comment
from duckdb_tables() where database_name = current_database()
union all
select schema_name || '.' || view_name, 'view', comment
from duckdb_views() where database_name = current_database() and not internal
union all
select schema_name || '.' || table_name || '.' || column_name, 'column', comment
from duckdb_columns() where database_name = current_database() and not internal
{%- endmacro %}
