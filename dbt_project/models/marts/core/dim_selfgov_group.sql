{{ incremental_register('dim_selfgov_group') }}
with

{{ versions('dim_selfgov_group') }},

located as (

    select
        *,
        {{ code_of('community', 'area_code') }} as community_code
    from version

)

select
    located.group_code,
    located.area_code,
    located.group_type,
    located.members,
    located.party_members,
    located.founded_on,
    located.dissolved_on,
    located.community_code,
    {{ code_of('street', 'located.community_code') }} as street_code,
    {{ code_of('district', 'located.community_code') }} as district_code,
    known.org_code is not null as is_known_community,
    greatest(located.valid_from, located.founded_on) as open_from_on,
    least(located.valid_to, located.dissolved_on) as open_to_on,
    located.valid_from,
    located.valid_to,
    located.business_date,
    located.file_name,
    located.row_number
from located
left join {{ ref('dim_org') }} as known
    on located.community_code = known.org_code
    and known.org_level = 'community'
