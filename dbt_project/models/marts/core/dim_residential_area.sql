{{ incremental_register('dim_residential_area') }}
with

{{ versions('dim_residential_area') }}

select
    version.area_code,
    version.area_name,
    version.area_type,
    version.management,
    version.is_three_no,
    version.company_code,
    version.households,
    version.buildings,
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
