{#- The files of analyses/, with their questions in analyses/_recipes.yml: published unchanged. -#}
{%- set recipes = graph.nodes.values() | selectattr('resource_type', 'equalto', 'analysis') | sort(attribute='name') | list %}
{%- for recipe in recipes %}
{%- set questions = recipe.description.split(' · ') %}
{%- set empty = (recipe.config.meta.empty or '').split(' · ') %}
select
    {{ sql_text(recipe.name) }} as recipe_id,
    {{ sql_text(questions[0]) }} as question_zh,
    {{ sql_text(questions[1]) }} as question,
    {{ sql_text(recipe.raw_code | trim) }} as sql,
    {{ sql_text(empty[0]) }} as empty_means_zh,
    {{ sql_text(empty[1]) }} as empty_means
{{ 'union all' if not loop.last }}
{%- endfor %}
