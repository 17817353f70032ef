{{ incremental_register('dim_party_org') }}
with

{{ versions('dim_party_org') }},

located as (

    select
        *,
        coalesce(community_code, substr(grid_code, 1, 12), substr(area_code, 1, 12)) as org_community_code
    from version

)

select
    located.party_org_code,
    located.party_org_name,
    located.party_org_type,
    located.grid_code,
    located.area_code,
    located.members,
    located.founded_on,
    located.org_community_code as community_code,
    substr(coalesce(located.org_community_code, located.street_code), 1, 9) as street_code,
    substr(located.street_code, 1, 6) as district_code,
    coalesce(located.org_community_code, located.street_code) as org_code,
    located.org_community_code is null or known.org_code is not null as is_known_community,
    greatest(located.valid_from, located.founded_on) as open_from_on,
    located.valid_from,
    located.valid_to,
    located.business_date,
    located.file_name,
    located.row_number
from located
left join {{ ref('dim_org') }} as known
    on located.org_community_code = known.org_code
    and known.org_level = 'community'
