{{ incremental_register('dim_volunteer_team') }}
with

{{ versions('dim_volunteer_team') }}

select
    version.team_id,
    version.team_name,
    version.brand,
    version.leader_name,
    version.founded_on,
    version.disbanded_on,
    version.community_code,
    {{ code_of('street', 'version.community_code') }} as street_code,
    {{ code_of('district', 'version.community_code') }} as district_code,
    known.org_code is not null as is_known_community,
    greatest(version.valid_from, version.founded_on) as open_from_on,
    least(version.valid_to, version.disbanded_on) as open_to_on,
    version.valid_from,
    version.valid_to,
    version.business_date,
    version.file_name,
    version.row_number
from version
left join {{ ref('dim_org') }} as known
    on version.community_code = known.org_code
    and known.org_level = 'community'
