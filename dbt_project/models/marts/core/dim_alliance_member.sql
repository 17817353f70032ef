{{ incremental_register('dim_alliance_member') }}
with

{{ versions('dim_alliance_member') }}

select
    version.member_code,
    version.member_name,
    version.alliance_name,
    version.street_code,
    {{ code_of('district', 'version.street_code') }} as district_code,
    version.member_type,
    version.joined_on,
    version.left_on,
    greatest(version.valid_from, version.joined_on) as open_from_on,
    least(version.valid_to, version.left_on) as open_to_on,
    version.valid_from,
    version.valid_to,
    version.business_date,
    version.file_name,
    version.row_number
from version
