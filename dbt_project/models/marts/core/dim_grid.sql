{{ incremental_register('dim_grid') }}
with

{{ versions('dim_grid') }}

select
    version.grid_code,
    version.grid_name,
    version.grid_type,
    version.households,
    version.longitude,
    version.latitude,
    version.community_code,
    {{ code_of('street', 'version.community_code') }} as street_code,
    {{ code_of('district', 'version.community_code') }} as district_code,
    known.org_code is not null as is_known_community,
    version.valid_from,
    version.valid_to,
    version.business_date,
    version.file_name,
    version.row_number
from version
left join {{ ref('dim_org') }} as known
    on version.community_code = known.org_code
    and known.org_level = 'community'
