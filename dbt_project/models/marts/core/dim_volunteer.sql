{{ incremental_register('dim_volunteer') }}
with

{{ versions('dim_volunteer') }}

select
    version.volunteer_id,
    version.id_number,
    version.team_id,
    version.registered_on,
    version.is_party_member,
    version.community_code,
    {{ code_of('street', 'version.community_code') }} as street_code,
    {{ code_of('district', 'version.community_code') }} as district_code,
    known.org_code is not null as is_known_community,
    greatest(version.valid_from, version.registered_on) as open_from_on,
    version.valid_from,
    version.valid_to,
    version.business_date,
    version.file_name,
    version.row_number
from version
left join {{ ref('dim_org') }} as known
    on version.community_code = known.org_code
    and known.org_level = 'community'
