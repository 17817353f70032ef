{{ incremental_register('dim_service_point') }}
with

{{ versions('dim_service_point') }}

select
    version.point_code,
    version.point_name,
    version.area_code,
    version.point_type,
    version.theme,
    version.floor_area_m2,
    version.functions,
    version.opened_on,
    version.closed_on,
    version.longitude,
    version.latitude,
    version.community_code,
    {{ code_of('street', 'version.community_code') }} as street_code,
    {{ code_of('district', 'version.community_code') }} as district_code,
    known.org_code is not null as is_known_community,
    greatest(version.valid_from, version.opened_on) as open_from_on,
    least(version.valid_to, version.closed_on) as open_to_on,
    version.valid_from,
    version.valid_to,
    version.business_date,
    version.file_name,
    version.row_number
from version
left join {{ ref('dim_org') }} as known
    on version.community_code = known.org_code
    and known.org_level = 'community'
