{{ incremental_register('dim_care_household') }}
with

{{ versions('dim_care_household') }}

select
    version.household_id,
    version.grid_code,
    version.care_category,
    version.visit_every_days,
    version.registered_on,
    version.community_code,
    {{ code_of('street', 'version.community_code') }} as street_code,
    {{ code_of('district', 'version.community_code') }} as district_code,
    known.org_code is not null as is_known_community,
    greatest(version.valid_from, {{ days_later('version.visit_every_days', 'version.registered_on') }}) as due_from_on,
    version.valid_from,
    version.valid_to,
    version.business_date,
    version.file_name,
    version.row_number
from version
left join {{ ref('dim_org') }} as known
    on version.community_code = known.org_code
    and known.org_level = 'community'
