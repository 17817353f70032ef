{{ incremental_fact('fct_hotline_order') }}
with

changed as (

    select *
    from {{ ref('stg_command_centre__hotline_order') }}
    {{ changed_rows_only('fct_hotline_order') }}

),

known_community as (

    select org_code as community_code
    from {{ ref('dim_org') }}
    where org_level = 'community'

),

repeat_order as (

    -- Orders with the same caller and category are on the same list of changed rows, so each group is complete.
    select distinct changed.order_id
    from changed
    inner join changed as other
        on changed.caller_phone = other.caller_phone
        and changed.category = other.category
        and changed.order_id <> other.order_id
        and changed.received_at - interval '1440' hour <= other.received_at
        and changed.received_at > other.received_at
        -- A call about a community that was never in a register does not make another call a repeat.
        and other.community_code in (select known_community.community_code from known_community)

)

select
    changed.order_id,
    changed.caller_phone,
    changed.community_code,
    {{ code_of('street', 'changed.community_code') }} as street_code,
    {{ code_of('district', 'changed.community_code') }} as district_code,
    changed.category,
    changed.received_at,
    changed.assigned_at,
    changed.contact_due_at,
    changed.first_contact_at,
    changed.closed_at,
    changed.called_back_at,
    changed.is_resolved,
    changed.satisfaction,
    changed.event_id,
    changed.updated_at,
    cast(changed.received_at as date) as received_on,
    cast(changed.contact_due_at as date) as contact_due_on,
    cast(changed.called_back_at as date) as called_back_on,
    {{ on_time('changed.first_contact_at', 'changed.contact_due_at', 'cast(changed.contact_due_at as date)') }} as is_contacted_on_time,
    case when changed.caller_phone is not null then repeat_order.order_id is not null end as is_repeat,
    known_community.community_code is not null as is_known_community,
    changed._business_date as business_date,
    changed._file_name as file_name,
    changed._row_number as row_number,
    'command_centre' as platform,
    'hotline_order' as feed
from changed
left join known_community
    on changed.community_code = known_community.community_code
left join repeat_order
    on changed.order_id = repeat_order.order_id
