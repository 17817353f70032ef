{{ incremental_fact('fct_alliance_commitment') }}
with

changed as (

    select *
    from {{ ref('stg_co_building__alliance_commitment') }}
    {{ changed_rows_only('fct_alliance_commitment') }}

),

located as (

    select *
    from changed

)

select
    located.commitment_id,
    located.member_code,
    located.community_code,
    {{ code_of('street', 'coalesce(located.community_code, located.street_code)') }} as street_code,
    {{ code_of('district', 'coalesce(located.community_code, located.street_code)') }} as district_code,
    coalesce(located.community_code, located.street_code) as org_code,
    located.kind,
    located.content,
    located.due_on,
    located.done_on,
    located.status,
    located.updated_at,
    coalesce(located.done_on <= located.due_on, false) as is_done_on_time,
    located.community_code is null or known.org_code is not null as is_known_community,
    located._business_date as business_date,
    located._file_name as file_name,
    located._row_number as row_number,
    'co_building' as platform,
    'alliance_commitment' as feed
from located
left join {{ ref('dim_org') }} as known
    on located.community_code = known.org_code
    and known.org_level = 'community'
