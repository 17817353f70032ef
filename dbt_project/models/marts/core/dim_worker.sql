{{ incremental_register('dim_worker') }}
with

{{ versions('dim_worker') }}

select
    version.worker_id,
    version.worker_name,
    version.id_number,
    version.worker_role,
    version.grid_code,
    version.is_party_member,
    version.started_on,
    version.ended_on,
    version.community_code,
    {{ code_of('street', 'version.community_code') }} as street_code,
    {{ code_of('district', 'version.community_code') }} as district_code,
    known.org_code is not null as is_known_community,
    greatest(version.valid_from, version.started_on) as open_from_on,
    least(version.valid_to, version.ended_on) as open_to_on,
    version.valid_from,
    version.valid_to,
    version.business_date,
    version.file_name,
    version.row_number
from version
left join {{ ref('dim_org') }} as known
    on version.community_code = known.org_code
    and known.org_level = 'community'
