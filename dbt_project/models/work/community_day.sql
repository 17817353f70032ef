select
    snapshot_in_force.kpi_date,
    community.community_code,
    community.households
from {{ ref('snapshot_in_force') }} as snapshot_in_force
inner join {{ ref('stg_smart_community__community') }} as community
    on snapshot_in_force.business_date = community._business_date
where snapshot_in_force.platform = 'smart_community'
    and snapshot_in_force.feed = 'community'
