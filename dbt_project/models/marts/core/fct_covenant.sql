{{ incremental_fact('fct_covenant') }}
with

changed as (

    select *
    from {{ ref('stg_co_building__covenant') }}
    {{ changed_rows_only('fct_covenant') }}

)

select
    changed.covenant_id,
    changed.community_code,
    {{ code_of('street', 'changed.community_code') }} as street_code,
    {{ code_of('district', 'changed.community_code') }} as district_code,
    changed.area_code,
    changed.covenant_type,
    changed.version,
    changed.voted_on,
    changed.eligible_households,
    changed.participating_households,
    changed.approving_households,
    changed.effective_on,
    changed.updated_at,
    {{ days_later(730, 'changed.voted_on') }} as lapsed_on,
    known.org_code is not null as is_known_community,
    changed._business_date as business_date,
    changed._file_name as file_name,
    changed._row_number as row_number,
    'co_building' as platform,
    'covenant' as feed
from changed
left join {{ ref('dim_org') }} as known
    on changed.community_code = known.org_code
    and known.org_level = 'community'
