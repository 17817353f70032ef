with

newest as (

    select max(date_day) as as_of
    from {{ ref('dim_date') }}

),

member as (

    select
        member_code,
        max_by(member_name, valid_from) as member_name
    from {{ ref('dim_alliance_member') }}
    group by member_code

),

-- Each kind as its KPI counts it: what is due, when it was kept, whether in time, and what was cancelled.
promise as (

    select
        'meeting_resolution' as kind,
        resolution.resolution_id as promise_key,
        resolution.org_code,
        resolution.community_code,
        resolution.owner_unit as promised_by,
        resolution.meeting_type as what,
        meeting.held_on as promised_on,
        resolution.due_on,
        resolution.done_on as kept_on,
        resolution.is_done_on_time as is_kept_on_time,
        resolution.status = 'cancelled' as is_cancelled,
        resolution.platform,
        resolution.feed,
        resolution.business_date,
        resolution.file_name,
        resolution.row_number
    from {{ ref('fct_meeting_resolution') }} as resolution
    inner join {{ ref('fct_joint_meeting') }} as meeting
        on resolution.meeting_id = meeting.meeting_id
    where resolution.is_known_community

    union all

    select
        'suggestion' as kind,
        suggestion_id as promise_key,
        community_code as org_code,
        community_code,
        null as promised_by,
        topic as what,
        raised_on as promised_on,
        reply_due_on as due_on,
        cast(replied_at as date) as kept_on,
        is_replied_on_time as is_kept_on_time,
        false as is_cancelled,
        platform,
        feed,
        business_date,
        file_name,
        row_number
    from {{ ref('fct_suggestion') }}
    where is_known_community

    union all

    select
        'alliance_commitment' as kind,
        commitment.commitment_id as promise_key,
        commitment.org_code,
        commitment.community_code,
        coalesce(member.member_name, commitment.member_code) as promised_by,
        commitment.kind as what,
        null as promised_on,
        commitment.due_on,
        commitment.done_on as kept_on,
        commitment.is_done_on_time as is_kept_on_time,
        commitment.status = 'cancelled' as is_cancelled,
        commitment.platform,
        commitment.feed,
        commitment.business_date,
        commitment.file_name,
        commitment.row_number
    from {{ ref('fct_alliance_commitment') }} as commitment
    left join member
        on commitment.member_code = member.member_code
    where commitment.is_known_community

    union all

    select
        'fund_disclosure' as kind,
        txn_id as promise_key,
        org_code,
        community_code,
        null as promised_by,
        purpose as what,
        booked_on as promised_on,
        disclosure_due_on as due_on,
        disclosed_on as kept_on,
        is_disclosed_on_time as is_kept_on_time,
        false as is_cancelled,
        platform,
        feed,
        business_date,
        file_name,
        row_number
    from {{ ref('fct_fund_txn') }}
    where is_known_community

    union all

    -- Regular services have no planned finish, so they are not promises.
    select
        'project' as kind,
        project_id as promise_key,
        community_code as org_code,
        community_code,
        null as promised_by,
        project_name as what,
        started_on as promised_on,
        planned_finish_on as due_on,
        finished_on as kept_on,
        is_finished_on_time as is_kept_on_time,
        status = 'stopped' as is_cancelled,
        platform,
        feed,
        business_date,
        file_name,
        row_number
    from {{ ref('fct_project') }}
    where is_known_community
        and planned_finish_on is not null

    union all

    select
        'snap_reply' as kind,
        report_id as promise_key,
        community_code as org_code,
        community_code,
        null as promised_by,
        category as what,
        reported_on as promised_on,
        cast(reported_at + interval '24' hour as date) as due_on,
        cast(replied_at as date) as kept_on,
        is_answered_24h as is_kept_on_time,
        status = 'merged' as is_cancelled,
        platform,
        feed,
        business_date,
        file_name,
        row_number
    from {{ ref('fct_report') }}
    where is_known_community

),

-- The newest day is over: a promise due on it and not kept has slipped. A reply due exactly at its end was due on the next day.
judged as (

    select
        newest.as_of,
        promise.*,
        case
            when promise.is_cancelled then 'cancelled'
            when promise.is_kept_on_time then 'kept'
            when promise.kept_on is not null then 'kept_late'
            when promise.due_on <= newest.as_of then 'slipped'
            else 'open'
        end as status
    from promise
    cross join newest

)

select
    kind,
    promise_key,
    {{ level_of_code('org_code') }} as org_level,
    org_code,
    community_code,
    {{ code_of('street', 'org_code') }} as street_code,
    {{ code_of('district', 'org_code') }} as district_code,
    promised_by,
    what,
    promised_on,
    due_on,
    kept_on,
    status,
    case
        when status = 'kept_late' and coalesce(kept_on >= promised_on, true) then {{ duration_in_days('due_on', 'kept_on') }}
        when status = 'slipped' then {{ duration_in_days('due_on', 'as_of') }}
    end as days_late,
    as_of,
    platform,
    feed,
    business_date,
    file_name,
    row_number
from judged
