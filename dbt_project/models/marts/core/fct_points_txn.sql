{{ incremental_fact('fct_points_txn') }}
with

changed as (

    select *
    from {{ ref('stg_volunteer__points_txn') }}
    {{ changed_rows_only('fct_points_txn') }}

),

located as (

    select *
    from changed

)

select
    located.txn_id,
    located.volunteer_id,
    located.community_code,
    {{ code_of('street', 'located.community_code') }} as street_code,
    {{ code_of('district', 'located.community_code') }} as district_code,
    located.kind,
    located.points,
    located.item,
    located.booked_at,
    cast(located.booked_at as date) as booked_on,
    known.org_code is not null as is_known_community,
    located._business_date as business_date,
    located._file_name as file_name,
    located._row_number as row_number,
    'volunteer' as platform,
    'points_txn' as feed
from located
left join {{ ref('dim_org') }} as known
    on located.community_code = known.org_code
    and known.org_level = 'community'
