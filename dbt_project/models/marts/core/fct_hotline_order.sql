{{ incremental_fact('fct_hotline_order') }}
with

changed as (

    select *
    from {{ ref('stg_command_centre__hotline_order') }}
    {{ changed_rows_only('fct_hotline_order') }}

),

located as (

    select *
    from changed

),

known_community as (

    select org_code as community_code
    from {{ ref('dim_org') }}
    where org_level = 'community'

),

repeat_order as (

    -- Orders with the same caller and category are on the same list of changed rows, so each group is complete.
    select distinct located.order_id
    from located
    inner join located as other
        on located.caller_phone = other.caller_phone
        and located.category = other.category
        and located.order_id <> other.order_id
        and located.received_at - interval '1440' hour <= other.received_at
        and located.received_at > other.received_at
        -- A call about a community that was never in a register does not make another call a repeat.
        and other.community_code in (select known_community.community_code from known_community)

)

select
    located.order_id,
    located.caller_phone,
    located.community_code,
    {{ code_of('street', 'located.community_code') }} as street_code,
    {{ code_of('district', 'located.community_code') }} as district_code,
    located.category,
    located.received_at,
    located.assigned_at,
    located.contact_due_at,
    located.first_contact_at,
    located.closed_at,
    located.called_back_at,
    located.is_resolved,
    located.satisfaction,
    located.event_id,
    located.updated_at,
    cast(located.received_at as date) as received_on,
    cast(located.contact_due_at as date) as contact_due_on,
    cast(located.called_back_at as date) as called_back_on,
    coalesce(located.first_contact_at <= located.contact_due_at, false) as is_contacted_on_time,
    case when located.caller_phone is not null then repeat_order.order_id is not null end as is_repeat,
    known_community.community_code is not null as is_known_community,
    located._business_date as business_date,
    located._file_name as file_name,
    located._row_number as row_number,
    'command_centre' as platform,
    'hotline_order' as feed
from located
left join known_community
    on located.community_code = known_community.community_code
left join repeat_order
    on located.order_id = repeat_order.order_id
