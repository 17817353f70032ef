{{ incremental_fact('fct_meeting_resolution') }}
with

changed as (

    select *
    from {{ ref('stg_co_building__meeting_resolution') }}
    {{ changed_rows_only('fct_meeting_resolution') }}

),

located as (

    -- A resolution has the place of its meeting; if the meeting is unknown, so is the place.
    select
        changed.*,
        meeting.meeting_type,
        meeting.community_code,
        meeting.street_code,
        meeting.district_code,
        meeting.org_level,
        meeting.org_code,
        meeting.is_known_community
    from changed
    left join {{ ref('fct_joint_meeting') }} as meeting
        on changed.meeting_id = meeting.meeting_id

)

select
    located.resolution_id,
    located.meeting_id,
    located.meeting_type,
    located.community_code,
    located.street_code,
    located.district_code,
    located.org_level,
    located.org_code,
    located.content,
    located.owner_unit,
    located.due_on,
    located.done_on,
    located.status,
    located.updated_at,
    {{ on_time('located.done_on', 'located.due_on', 'located.due_on') }} as is_done_on_time,
    coalesce(located.is_known_community, false) as is_known_community,
    located._business_date as business_date,
    located._file_name as file_name,
    located._row_number as row_number,
    'co_building' as platform,
    'meeting_resolution' as feed
from located
