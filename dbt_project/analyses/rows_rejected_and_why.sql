select
    r.platform,
    r.feed,
    r.reason,
    count(*) as reasons_given,
    max(r.file_name) as for_example_in
from (
    select
        platform,
        feed,
        file_name,
        unnest(reasons) as reason
    from meta.rejected_row
    where business_date > (select b.data_through from meta.build as b) - 30
) as r
group by r.platform, r.feed, r.reason
order by reasons_given desc, r.platform asc, r.feed asc, r.reason asc
