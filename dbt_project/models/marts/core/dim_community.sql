{{ incremental_register('dim_community') }}
with

{{ versions('dim_community') }}

select
    version.community_code,
    version.community_name,
    version.street_code,
    version.street_name,
    {{ code_of('district', 'version.community_code') }} as district_code,
    version.community_type,
    version.households,
    version.population,
    version.area_km2,
    version.is_benchmark,
    version.secretary_name,
    version.valid_from,
    version.valid_to,
    version.business_date,
    version.file_name,
    version.row_number
from version
