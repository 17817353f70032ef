{{ incremental_fact('fct_satisfaction_survey') }}
with

changed as (

    select *
    from {{ ref('stg_property_selfgov__satisfaction_survey') }}
    {{ changed_rows_only('fct_satisfaction_survey') }}

)

select
    changed.survey_id,
    changed.community_code,
    {{ code_of('street', 'changed.community_code') }} as street_code,
    {{ code_of('district', 'changed.community_code') }} as district_code,
    changed.surveyed_on,
    changed.channel,
    changed.age_band,
    changed.safe_score,
    changed.convenient_score,
    changed.beautiful_score,
    changed.happy_score,
    known.org_code is not null as is_known_community,
    changed._business_date as business_date,
    changed._file_name as file_name,
    changed._row_number as row_number,
    'property_selfgov' as platform,
    'satisfaction_survey' as feed
from changed
left join {{ ref('dim_org') }} as known
    on changed.community_code = known.org_code
    and known.org_level = 'community'
