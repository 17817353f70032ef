with

of_feeds as (

    select
        feed,
        column_name,
        code,
        zh,
        en
    from {{ ref('feed_code') }}

),

own as (

    select
        table_name as feed,
        column_name,
        code,
        zh,
        en
    from {{ ref('own_code') }}

),

-- Columns that have the codes of another column: of a feed under another name, or of another of the own tables.
alike as (

    select
        listed.table_name,
        listed.column_name,
        listed.of_feed,
        listed.of_column
    from (
        values
        ('event_funnel', 'period', 'kpi_period', 'period'),
        ('event_funnel', 'stage', 'event_stage', 'stage'),
        ('fct_meeting_resolution', 'meeting_type', 'co_building.joint_meeting', 'meeting_type'),
        ('fct_service_log', 'activity_status', 'volunteer.activity', 'status'),
        ('index_change', 'period', 'kpi_period', 'period'),
        ('kpi_change', 'period', 'kpi_period', 'period'),
        ('kpi_compared', 'period', 'kpi_period', 'period'),
        ('kpi_compared', 'status', 'kpi_period', 'status'),
        ('kpi_composite', 'period', 'kpi_period', 'period'),
        ('kpi_restated', 'period', 'kpi_period', 'period'),
        ('kpi_week', 'status', 'kpi_period', 'status'),
        ('open_event', 'level_now', 'command_centre.event', 'level'),
        ('open_event', 'stage', 'event_stage', 'stage'),
        ('promise_summary', 'kind', 'promise', 'kind'),
        ('promise_summary', 'period', 'kpi_period', 'period')
    ) as listed (table_name, column_name, of_feed, of_column)

),

coded as (

    select * from of_feeds
    union all
    select * from own

),

of_others as (

    select
        alike.table_name as feed,
        alike.column_name,
        coded.code,
        coded.zh,
        coded.en
    from alike
    inner join coded
        on alike.of_feed = coded.feed and alike.of_column = coded.column_name

),

terms as (

    select
        '' as feed,
        column_name,
        zh as code,
        zh,
        en
    from {{ ref('term') }}

)

select * from coded
union all
select * from of_others
union all
select * from terms
