{{ incremental_fact('fct_four_link_review') }}
with

changed as (

    select *
    from {{ ref('stg_property_selfgov__four_link_review') }}
    {{ changed_rows_only('fct_four_link_review') }}

),

located as (

    select
        *,
        {{ code_of('community', 'area_code') }} as community_code
    from changed

),

newest_of_month as (

    -- Reviews of the same area are on the same list of changed rows, so each area is complete.
    select
        review_id,
        review_month,
        lead(review_month) over (partition by area_code order by review_month) as next_review_month
    from (
        select
            *,
            row_number() over (partition by area_code, review_month order by updated_at desc, review_id desc) as nth_newest
        from changed
    ) as ranked
    where nth_newest = 1

)

select
    located.review_id,
    located.area_code,
    located.community_code,
    {{ code_of('street', 'located.community_code') }} as street_code,
    {{ code_of('district', 'located.community_code') }} as district_code,
    located.company_code,
    located.review_month,
    located.organisation_score,
    located.meeting_score,
    located.management_score,
    located.effect_score,
    located.updated_at,
    cast(located.organisation_score + located.meeting_score + located.management_score + located.effect_score as decimal(18, 6)) as score_sum,
    (located.organisation_score + located.meeting_score + located.management_score + located.effect_score) / 4 as score,
    newest_of_month.review_month as newest_from_on,
    least(newest_of_month.next_review_month, {{ days_later(92, 'newest_of_month.review_month') }}) as newest_to_on,
    known.org_code is not null as is_known_community,
    located._business_date as business_date,
    located._file_name as file_name,
    located._row_number as row_number,
    'property_selfgov' as platform,
    'four_link_review' as feed
from located
left join {{ ref('dim_org') }} as known
    on located.community_code = known.org_code
    and known.org_level = 'community'
left join newest_of_month
    on located.review_id = newest_of_month.review_id
