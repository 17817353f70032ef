{{ incremental_fact('fct_points_txn') }}
with

changed as (

    select *
    from {{ ref('stg_volunteer__points_txn') }}
    {{ changed_rows_only('fct_points_txn') }}

)

select
    changed.txn_id,
    changed.volunteer_id,
    changed.community_code,
    {{ code_of('street', 'changed.community_code') }} as street_code,
    {{ code_of('district', 'changed.community_code') }} as district_code,
    changed.kind,
    changed.points,
    changed.item,
    changed.booked_at,
    cast(changed.booked_at as date) as booked_on,
    known.org_code is not null as is_known_community,
    changed._business_date as business_date,
    changed._file_name as file_name,
    changed._row_number as row_number,
    'volunteer' as platform,
    'points_txn' as feed
from changed
left join {{ ref('dim_org') }} as known
    on changed.community_code = known.org_code
    and known.org_level = 'community'
