{{ incremental_fact('fct_fund_txn') }}
with

changed as (

    select *
    from {{ ref('stg_co_building__fund_txn') }}
    {{ changed_rows_only('fct_fund_txn') }}

),

located as (

    select *
    from changed

)

select
    located.txn_id,
    located.community_code,
    {{ code_of('street', 'coalesce(located.community_code, located.street_code)') }} as street_code,
    {{ code_of('district', 'coalesce(located.community_code, located.street_code)') }} as district_code,
    coalesce(located.community_code, located.street_code) as org_code,
    located.direction,
    located.purpose,
    located.amount_yuan,
    located.project_id,
    located.counterparty,
    located.booked_at,
    located.disclosed_on,
    located.updated_at,
    cast(located.booked_at as date) as booked_on,
    {{ days_later(15, 'cast(located.booked_at as date)') }} as disclosure_due_on,
    coalesce(located.disclosed_on <= {{ days_later(15, 'cast(located.booked_at as date)') }}, false) as is_disclosed_on_time,
    located.community_code is null or known.org_code is not null as is_known_community,
    located._business_date as business_date,
    located._file_name as file_name,
    located._row_number as row_number,
    'co_building' as platform,
    'fund_txn' as feed
from located
left join {{ ref('dim_org') }} as known
    on located.community_code = known.org_code
    and known.org_level = 'community'
