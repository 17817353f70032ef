{{ incremental_fact('fct_joint_meeting') }}
with

changed as (

    select *
    from {{ ref('stg_co_building__joint_meeting') }}
    {{ changed_rows_only('fct_joint_meeting') }}

),

located as (

    select *
    from changed

)

select
    located.meeting_id,
    located.meeting_type,
    located.community_code,
    {{ code_of('street', 'coalesce(located.community_code, located.street_code)') }} as street_code,
    {{ code_of('district', 'coalesce(located.community_code, located.street_code)') }} as district_code,
    coalesce(located.community_code, located.street_code) as org_code,
    located.held_at,
    located.units_invited,
    located.units_attended,
    located.residents_attended,
    located.topics,
    located.updated_at,
    cast(located.held_at as date) as held_on,
    located.community_code is null or known.org_code is not null as is_known_community,
    located._business_date as business_date,
    located._file_name as file_name,
    located._row_number as row_number,
    'co_building' as platform,
    'joint_meeting' as feed
from located
left join {{ ref('dim_org') }} as known
    on located.community_code = known.org_code
    and known.org_level = 'community'
