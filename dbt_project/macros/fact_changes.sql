{#-
A fact follows its staging model by key. Before its rows are replaced their old versions are put aside; afterwards every
measure of the registry is asked on which days old and new count differently, and those days are noted as touched.
-#}

{#-
Hook before an incremental fact: extends the changed keys by the rows that look at them (`related_by`: rows that share these
columns with an old or new version), puts the old versions aside and deletes them.
-#}
{% macro replace_changed_rows(platform, feed, staged, related_by=[]) -%}
{%- set staged_rows = ref(staged) -%}
{%- if execute -%}
{%- set feed_id = platform ~ '.' ~ feed -%}
{%- set key = var('facts')[this.identifier].key -%}
{%- set changed_keys -%}
    select key from work.changed_key where feed = '{{ feed_id }}'
{%- endset -%}
{%- if is_incremental() %}
insert into work.changed_key
select '{{ feed_id }}', {{ key }} from {{ staged_rows }} where exists (select 1 from work.rebuild)
union
select '{{ feed_id }}', {{ key }} from {{ this }} where exists (select 1 from work.rebuild)
except
select feed, key from work.changed_key;
{%- if related_by %}
{#- A null groups nothing, but DuckDB's `in` of rows would find it: events without a grid would all be taken up again. #}
insert into work.changed_key
select '{{ feed_id }}', {{ key }}
from {{ staged_rows }}
where {{ related_by | join(' is not null and ') }} is not null
    and ({{ related_by | join(', ') }}) in (
    select ({{ related_by | join(', ') }}) from {{ staged_rows }}
    where {{ key }} in ({{ changed_keys }}) and {{ related_by | join(' is not null and ') }} is not null
    union
    select ({{ related_by | join(', ') }}) from {{ this }}
    where {{ key }} in ({{ changed_keys }}) and {{ related_by | join(' is not null and ') }} is not null
)
except
select feed, key from work.changed_key;
{%- endif %}
create or replace table work.before_{{ this.identifier }} as
select * from {{ this }} where {{ key }} in ({{ changed_keys }});
delete from {{ this }} where {{ key }} in ({{ changed_keys }});
{%- else %}
drop table if exists work.before_{{ this.identifier }};
{%- endif %}
{%- else -%}
select 1
{%- endif -%}
{%- endmacro %}


{#- The clause of an incremental fact that leaves all but the changed rows alone. -#}
{% macro changed_rows_only(platform, feed, key) -%}
{%- if is_incremental() -%}
where {{ key }} in (select key from work.changed_key where feed = '{{ platform }}.{{ feed }}')
{%- endif -%}
{%- endmacro %}


{#- Hook after an incremental fact; a fact that was built afresh has no old versions, and then every day is due anyway. -#}
{% macro note_touched_days(platform, feed) -%}
{%- set days = ref('dim_date') -%}
{%- if execute -%}
{%- if run_query("select 1 from information_schema.tables where table_schema = 'work' and table_name = 'before_" ~ this.identifier ~ "'") | length -%}
{%- set measures = kpi_measures() | selectattr('fact', 'equalto', this.identifier) | list -%}
{%- set key = var('facts')[this.identifier].key -%}
{%- set changed_keys -%}
    select key from work.changed_key where feed = '{{ platform }}.{{ feed }}'
{%- endset -%}
insert into work.touched_day
with

-- Most rows are here only because they look at a changed one, and came out as they were.
old_row as (
    select * from work.before_{{ this.identifier }}
    except
    select * from {{ this }} where {{ key }} in ({{ changed_keys }})
),

new_row as (
    select * from {{ this }} where {{ key }} in ({{ changed_keys }})
    except
    select * from work.before_{{ this.identifier }}
),

moved as (
    {%- set seen = [] %}
    {%- for measure in measures %}
    {%- set span = measure_span(measure) %}
    {%- set counted -%}
        select
            {{ measure.key }} as row_key,
            {{ measure.org }} as org_code,
            {{ measure.amount }} as amount,
            {{ span[0] }} as from_on,
            coalesce({{ span[1] }}, date '9999-12-31') as to_on
    {%- endset %}
    {%- set conditions -%}
        {{ span[0] }} is not null {%- for condition in measure.conditions %} and {{ condition }}{% endfor %}
    {%- endset %}
    {%- if counted ~ conditions not in seen %}
    {%- if seen %}
    union
    {%- endif %}
    {%- do seen.append(counted ~ conditions) %}
    select old.from_on as old_from_on, old.to_on as old_to_on, new.from_on as new_from_on, new.to_on as new_to_on
    from ({{ counted }} from old_row where {{ conditions }}) as old
    full outer join ({{ counted }} from new_row where {{ conditions }}) as new
        on old.row_key = new.row_key and old.org_code = new.org_code and old.amount = new.amount
    where old.from_on is distinct from new.from_on or old.to_on is distinct from new.to_on
    {%- endif %}
    {%- endfor %}
)

select day.date_day
from {{ days }} as day
inner join moved
    on coalesce(day.date_day >= moved.old_from_on and day.date_day < moved.old_to_on, false)
    <> coalesce(day.date_day >= moved.new_from_on and day.date_day < moved.new_to_on, false)
except
select kpi_date from work.touched_day
{%- else -%}
select 1
{%- endif -%}
{%- else -%}
select 1
{%- endif -%}
{%- endmacro %}


{#- Hook before dim_org: a community that comes or goes moves rows into or out of every KPI, so everything is due again. -#}
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
