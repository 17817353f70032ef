{{ incremental_register('dim_building') }}
with

{{ versions('dim_building') }},

located as (

    select
        *,
        {{ code_of('community', 'grid_code') }} as community_code
    from version

)

select
    located.building_code,
    located.building_name,
    located.area_code,
    located.grid_code,
    located.units,
    located.households,
    located.head_worker_id,
    located.community_code,
    {{ code_of('street', 'located.community_code') }} as street_code,
    {{ code_of('district', 'located.community_code') }} as district_code,
    known.org_code is not null as is_known_community,
    located.valid_from,
    located.valid_to,
    located.business_date,
    located.file_name,
    located.row_number
from located
left join {{ ref('dim_org') }} as known
    on located.community_code = known.org_code
    and known.org_level = 'community'
