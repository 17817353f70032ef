{{ incremental_register('dim_building') }}
with

{{ versions('dim_building') }},

located as (

    select
        *,
        substr(grid_code, 1, 12) as community_code
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
    substr(located.community_code, 1, 9) as street_code,
    substr(located.community_code, 1, 6) as district_code,
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
