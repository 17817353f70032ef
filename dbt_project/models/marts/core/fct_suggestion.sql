{{ incremental_fact('fct_suggestion') }}
with

changed as (

    select *
    from {{ ref('stg_co_building__suggestion') }}
    {{ changed_rows_only('fct_suggestion') }}

),

located as (

    select *
    from changed

)

select
    located.suggestion_id,
    located.community_code,
    {{ code_of('street', 'located.community_code') }} as street_code,
    {{ code_of('district', 'located.community_code') }} as district_code,
    located.channel,
    located.topic,
    located.content,
    located.raised_at,
    located.reply_due_on,
    located.replied_at,
    located.adopted,
    located.updated_at,
    cast(located.raised_at as date) as raised_on,
    coalesce(cast(located.replied_at as date) <= located.reply_due_on, false) as is_replied_on_time,
    known.org_code is not null as is_known_community,
    located._business_date as business_date,
    located._file_name as file_name,
    located._row_number as row_number,
    'co_building' as platform,
    'suggestion' as feed
from located
left join {{ ref('dim_org') }} as known
    on located.community_code = known.org_code
    and known.org_level = 'community'
