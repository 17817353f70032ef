{{ incremental_fact('fct_alliance_commitment') }}
with

changed as (

    select *
    from {{ ref('stg_co_building__alliance_commitment') }}
    {{ changed_rows_only('fct_alliance_commitment') }}

)

select
    changed.commitment_id,
    changed.member_code,
    changed.community_code,
    {{ code_of('street', 'coalesce(changed.community_code, changed.street_code)') }} as street_code,
    {{ code_of('district', 'coalesce(changed.community_code, changed.street_code)') }} as district_code,
    {{ level_of_code('coalesce(changed.community_code, changed.street_code)') }} as org_level,
    coalesce(changed.community_code, changed.street_code) as org_code,
    changed.kind,
    changed.content,
    changed.due_on,
    changed.done_on,
    changed.status,
    changed.updated_at,
    {{ on_time('changed.done_on', 'changed.due_on', 'changed.due_on') }} as is_done_on_time,
    changed.community_code is null or known.org_code is not null as is_known_community,
    changed._business_date as business_date,
    changed._file_name as file_name,
    changed._row_number as row_number,
    'co_building' as platform,
    'alliance_commitment' as feed
from changed
left join {{ ref('dim_org') }} as known
    on changed.community_code = known.org_code
    and known.org_level = 'community'
