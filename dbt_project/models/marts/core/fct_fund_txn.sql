{{ incremental_fact('fct_fund_txn') }}
with

changed as (

    select *
    from {{ ref('stg_co_building__fund_txn') }}
    {{ changed_rows_only('fct_fund_txn') }}

)

select
    changed.txn_id,
    changed.community_code,
    {{ code_of('street', 'coalesce(changed.community_code, changed.street_code)') }} as street_code,
    {{ code_of('district', 'coalesce(changed.community_code, changed.street_code)') }} as district_code,
    {{ level_of_code('coalesce(changed.community_code, changed.street_code)') }} as org_level,
    coalesce(changed.community_code, changed.street_code) as org_code,
    changed.direction,
    changed.purpose,
    changed.amount_yuan,
    changed.project_id,
    changed.counterparty,
    changed.booked_at,
    changed.disclosed_on,
    changed.updated_at,
    cast(changed.booked_at as date) as booked_on,
    {{ days_later(15, 'cast(changed.booked_at as date)') }} as disclosure_due_on,
    {%- set due_on = days_later(15, 'cast(changed.booked_at as date)') %}
    {{ on_time('changed.disclosed_on', due_on, due_on) }} as is_disclosed_on_time,
    changed.community_code is null or known.org_code is not null as is_known_community,
    changed._business_date as business_date,
    changed._file_name as file_name,
    changed._row_number as row_number,
    'co_building' as platform,
    'fund_txn' as feed
from changed
left join {{ ref('dim_org') }} as known
    on changed.community_code = known.org_code
    and known.org_level = 'community'
