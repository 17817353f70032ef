{{ incremental_fact('fct_hazard_inspection') }}
with

changed as (

    select *
    from {{ ref('stg_command_centre__hazard_inspection') }}
    {{ changed_rows_only('fct_hazard_inspection') }}

),

located as (

    select
        *,
        {{ code_of('community', 'grid_code') }} as community_code
    from changed

)

select
    located.inspection_id,
    located.worker_id,
    located.grid_code,
    located.community_code,
    {{ code_of('street', 'located.community_code') }} as street_code,
    {{ code_of('district', 'located.community_code') }} as district_code,
    located.target_type,
    located.inspected_at,
    located.hazard_level,
    located.rectify_due_on,
    located.rectified_on,
    located.updated_at,
    cast(located.inspected_at as date) as inspected_on,
    located.hazard_level <> 'none' as has_hazard,
    case
        when located.hazard_level <> 'none'
            then {{ on_time('located.rectified_on', 'located.rectify_due_on', 'located.rectify_due_on') }}
    end as is_rectified_on_time,
    known.org_code is not null as is_known_community,
    located._business_date as business_date,
    located._file_name as file_name,
    located._row_number as row_number,
    'command_centre' as platform,
    'hazard_inspection' as feed
from located
left join {{ ref('dim_org') }} as known
    on located.community_code = known.org_code
    and known.org_level = 'community'
