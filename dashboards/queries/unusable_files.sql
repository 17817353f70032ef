-- Which files could not be used (held), or are files of no feed? Newest first; of the latter the newest, of_state says of how many.
-- A file of no feed may have no business date: then its day is the one on which it came.
-- Without a last date: if all files of the newest day are held, the data end on the day before.
-- is_mended: a later file of the same name but for its revision could be used: a day may come in several files.
select
    unusable.platform, unusable.feed, unusable.business_date, unusable.revision, unusable.file_name, unusable.received_at,
    unusable.state, unusable.reason,
    exists (
        select 1
        from meta.delivery as later
        where
            later.platform = unusable.platform
            and later.feed = unusable.feed
            and later.business_date = unusable.business_date
            and later.received_at > unusable.received_at
            and regexp_replace(lower(later.file_name), '(_r[0-9]+)?[.][a-z]+$', '')
            = regexp_replace(lower(unusable.file_name), '(_r[0-9]+)?[.][a-z]+$', '')
            and later.state in ('loaded', 'superseded')
    ) as is_mended,
    count(*) over (partition by unusable.state) as of_state
from meta.delivery as unusable
where
    unusable.state in ('held', 'rejected')
    and coalesce(unusable.business_date, cast(unusable.received_at as date)) >= cast($first as date)
qualify
    unusable.state = 'held'
    or row_number() over (partition by unusable.state order by unusable.received_at desc, unusable.file_name) <= 200
order by unusable.received_at desc, unusable.file_name
