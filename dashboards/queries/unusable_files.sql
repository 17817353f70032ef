-- Which files could not be used (held), or are files of no feed? Newest first.
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
    ) as is_mended
from meta.delivery as unusable
where
    unusable.state in ('held', 'rejected')
    and (unusable.business_date is null or unusable.business_date >= cast($first as date))
order by unusable.received_at desc, unusable.file_name
limit 200
