{{ incremental_fact('fct_joint_meeting') }}
with

changed as (

    select *
    from {{ ref('stg_co_building__joint_meeting') }}
    {{ changed_rows_only('fct_joint_meeting') }}

)

select
    changed.meeting_id,
    changed.meeting_type,
    changed.community_code,
    {{ code_of('street', 'coalesce(changed.community_code, changed.street_code)') }} as street_code,
    {{ code_of('district', 'coalesce(changed.community_code, changed.street_code)') }} as district_code,
    {{ level_of_code('coalesce(changed.community_code, changed.street_code)') }} as org_level,
    coalesce(changed.community_code, changed.street_code) as org_code,
    changed.held_at,
    changed.units_invited,
    changed.units_attended,
    changed.residents_attended,
    changed.topics,
    changed.updated_at,
    cast(changed.held_at as date) as held_on,
    changed.community_code is null or known.org_code is not null as is_known_community,
    changed._business_date as business_date,
    changed._file_name as file_name,
    changed._row_number as row_number,
    'co_building' as platform,
    'joint_meeting' as feed
from changed
left join {{ ref('dim_org') }} as known
    on changed.community_code = known.org_code
    and known.org_level = 'community'
