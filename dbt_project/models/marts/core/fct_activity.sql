{{ incremental_fact('fct_activity') }}
with

changed as (

    select *
    from {{ ref('stg_volunteer__activity') }}
    {{ changed_rows_only('fct_activity') }}

)

select
    changed.activity_id,
    changed.team_id,
    changed.community_code,
    {{ code_of('street', 'changed.community_code') }} as street_code,
    {{ code_of('district', 'changed.community_code') }} as district_code,
    changed.category,
    changed.title,
    changed.starts_at,
    changed.ends_at,
    changed.residents_joined,
    changed.status,
    changed.updated_at,
    cast(changed.starts_at as date) as starts_on,
    known.org_code is not null as is_known_community,
    changed._business_date as business_date,
    changed._file_name as file_name,
    changed._row_number as row_number,
    'volunteer' as platform,
    'activity' as feed
from changed
left join {{ ref('dim_org') }} as known
    on changed.community_code = known.org_code
    and known.org_level = 'community'
