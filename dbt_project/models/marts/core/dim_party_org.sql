{{ incremental_register('dim_party_org') }}
with

{{ versions('dim_party_org') }},

located as (

    select
        *,
        coalesce(community_code, {{ code_of('community', 'grid_code') }}, {{ code_of('community', 'area_code') }}) as org_community_code
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
    {{ code_of('street', 'coalesce(located.org_community_code, located.street_code)') }} as street_code,
    {{ code_of('district', 'located.street_code') }} as district_code,
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
