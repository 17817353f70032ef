-- How were a community's residential areas judged by their newest four-link review of the last quarter? Lowest first.
with newest as (
    select *
    from marts.fct_four_link_review
    where community_code = $org and review_month between cast($last as date) - 91 and cast($last as date)
    qualify row_number() over (partition by area_code order by review_month desc, updated_at desc) = 1
)

select
    newest.area_code, area.area_name, newest.review_month, newest.organisation_score, newest.meeting_score, newest.management_score,
    newest.effect_score, newest.score
from newest
left join marts.dim_residential_area as area
    on
        newest.area_code = area.area_code and {in_force}
order by score, newest.area_code
