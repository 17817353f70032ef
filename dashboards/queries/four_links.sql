-- How did every residential area do in its newest four-link review that counts on a day, and in the one before? Lowest first.
-- An area that is not in the register keeps its code.
with review as (
    select
        *, lag(score) over (partition by area_code order by review_month, updated_at, review_id) as score_before
    from marts.fct_four_link_review
)

select
    review.area_code, area.area_name, review.community_code, company.company_name, review.review_month,
    review.organisation_score, review.meeting_score, review.management_score, review.effect_score, review.score, review.score_before,
    review.file_name, review.row_number
from review
left join (select area_code, area_name from marts.dim_residential_area where {in_force}) as area
    on review.area_code = area.area_code
left join (select company_code, company_name from marts.dim_property_company where {in_force}) as company
    on review.company_code = company.company_code
where
    review.is_known_community and starts_with(review.community_code, $area)
    and review.newest_from_on <= cast($last as date) and (review.newest_to_on is null or review.newest_to_on > cast($last as date))
order by review.score, review.area_code
