{{ incremental_fact('fct_activity') }}
with

changed as (

    select *
    from {{ ref('stg_volunteer__activity') }}
    {{ changed_rows_only('fct_activity') }}

),

located as (

    select *
    from changed

)

select
    located.activity_id,
    located.team_id,
    located.community_code,
    {{ code_of('street', 'located.community_code') }} as street_code,
    {{ code_of('district', 'located.community_code') }} as district_code,
    located.category,
    located.title,
    located.starts_at,
    located.ends_at,
    located.residents_joined,
    located.status,
    located.updated_at,
    cast(located.starts_at as date) as starts_on,
    known.org_code is not null as is_known_community,
    located._business_date as business_date,
    located._file_name as file_name,
    located._row_number as row_number,
    'volunteer' as platform,
    'activity' as feed
from located
left join {{ ref('dim_org') }} as known
    on located.community_code = known.org_code
    and known.org_level = 'community'
