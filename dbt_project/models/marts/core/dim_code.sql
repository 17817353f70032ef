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

)

select * from of_feeds
union all
select * from own
