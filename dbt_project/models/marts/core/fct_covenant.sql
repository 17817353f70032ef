{{ incremental_fact('fct_covenant') }}
with

changed as (

    select *
    from {{ ref('stg_co_building__covenant') }}
    {{ changed_rows_only('fct_covenant') }}

),

located as (

    select *
    from changed

)

select
    located.covenant_id,
    located.community_code,
    {{ code_of('street', 'located.community_code') }} as street_code,
    {{ code_of('district', 'located.community_code') }} as district_code,
    located.area_code,
    located.covenant_type,
    located.version,
    located.voted_on,
    located.eligible_households,
    located.participating_households,
    located.approving_households,
    located.effective_on,
    located.updated_at,
    {{ days_later(730, 'located.voted_on') }} as lapsed_on,
    known.org_code is not null as is_known_community,
    located._business_date as business_date,
    located._file_name as file_name,
    located._row_number as row_number,
    'co_building' as platform,
    'covenant' as feed
from located
left join {{ ref('dim_org') }} as known
    on located.community_code = known.org_code
    and known.org_level = 'community'
