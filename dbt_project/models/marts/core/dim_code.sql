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

terms as (

    select
        '' as feed,
        column_name,
        zh as code,
        zh,
        en
    from {{ ref('term') }}

)

select * from of_feeds
union all
select * from own
union all
select * from terms
