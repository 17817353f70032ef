-- Which rows were rejected? Newest first; the raw text is masked by the intake.
select business_date, platform, feed, file_name, row_number, reasons, raw
from meta.rejected_row
where business_date between cast($first as date) and cast($last as date)
order by business_date desc, platform, feed, file_name, row_number
limit 2000
