-- Rows that exist at the end of a day: in post, open, founded and not disbanded.
open_from_on <= cast($last as date) and (open_to_on is null or open_to_on > cast($last as date))
