{{ config(pre_hook="{{ rebuild_when_communities_change() }}") }}
with

newest_snapshot as (

    select max(business_date) as business_date
    from {{ source('ledger', 'delivery') }}
    where platform = 'smart_community'
        and feed = 'community'
        and state = 'loaded'

),

register as (

    select
        community_code,
        community_name,
        street_name,
        households,
        _business_date as business_date,
        {{ code_of('street', 'community_code') }} as street_code,
        {{ code_of('district', 'community_code') }} as district_code
    from {{ ref('stg_smart_community__community') }}

),

ranked as (

    select
        *,
        row_number() over (partition by community_code order by business_date desc) as nth_of_community,
        row_number() over (partition by street_code order by business_date desc, community_code asc) as nth_of_street
    from register

),

community as (

    select
        ranked.community_code,
        ranked.community_name,
        ranked.street_code,
        ranked.district_code,
        case when ranked.business_date = newest_snapshot.business_date then ranked.households end as households
    from ranked
    cross join newest_snapshot
    where ranked.nth_of_community = 1

),

street_name as (

    select
        street_code,
        street_name
    from ranked
    where nth_of_street = 1

),

street as (

    select
        street_code,
        district_code,
        sum(households) as households
    from community
    group by street_code, district_code

),

district as (

    select
        district_code,
        sum(households) as households
    from street
    group by district_code

)

select
    'district' as org_level,
    district.district_code as org_code,
    coalesce(division.name, district.district_code) as org_name,
    cast(null as {{ dbt.type_string() }}) as parent_code,
    cast(district.households as bigint) as households
from district
left join {{ ref('division') }} as division
    on district.district_code = division.code

union all

select
    'street' as org_level,
    street.street_code as org_code,
    street_name.street_name as org_name,
    street.district_code as parent_code,
    cast(street.households as bigint) as households
from street
inner join street_name
    on street.street_code = street_name.street_code

union all

select
    'community' as org_level,
    community_code as org_code,
    community_name as org_name,
    street_code as parent_code,
    cast(households as bigint) as households
from community
