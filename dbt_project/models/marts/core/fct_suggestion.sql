{{ incremental_fact('fct_suggestion') }}
with

changed as (

    select *
    from {{ ref('stg_co_building__suggestion') }}
    {{ changed_rows_only('fct_suggestion') }}

)

select
    changed.suggestion_id,
    changed.community_code,
    {{ code_of('street', 'changed.community_code') }} as street_code,
    {{ code_of('district', 'changed.community_code') }} as district_code,
    changed.channel,
    changed.topic,
    changed.content,
    changed.raised_at,
    changed.reply_due_on,
    changed.replied_at,
    changed.adopted,
    changed.updated_at,
    cast(changed.raised_at as date) as raised_on,
    {{ on_time('cast(changed.replied_at as date)', 'changed.reply_due_on', 'changed.reply_due_on') }} as is_replied_on_time,
    known.org_code is not null as is_known_community,
    changed._business_date as business_date,
    changed._file_name as file_name,
    changed._row_number as row_number,
    'co_building' as platform,
    'suggestion' as feed
from changed
left join {{ ref('dim_org') }} as known
    on changed.community_code = known.org_code
    and known.org_level = 'community'
