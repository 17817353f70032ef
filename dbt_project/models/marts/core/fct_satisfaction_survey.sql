{{ incremental_fact('fct_satisfaction_survey') }}
with

changed as (

    select *
    from {{ ref('stg_property_selfgov__satisfaction_survey') }}
    {{ changed_rows_only('fct_satisfaction_survey') }}

),

located as (

    select *
    from changed

)

select
    located.survey_id,
    located.community_code,
    {{ code_of('street', 'located.community_code') }} as street_code,
    {{ code_of('district', 'located.community_code') }} as district_code,
    located.surveyed_on,
    located.channel,
    located.age_band,
    located.safe_score,
    located.convenient_score,
    located.beautiful_score,
    located.happy_score,
    known.org_code is not null as is_known_community,
    located._business_date as business_date,
    located._file_name as file_name,
    located._row_number as row_number,
    'property_selfgov' as platform,
    'satisfaction_survey' as feed
from located
left join {{ ref('dim_org') }} as known
    on located.community_code = known.org_code
    and known.org_level = 'community'
