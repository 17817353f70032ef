-- Which events have a number that begins or ends with a text? The exact one first.
select event_id, category, subcategory, community_code
from marts.fct_event
where starts_with(lower(event_id), lower($text)) or ends_with(lower(event_id), lower($text))
order by lower(event_id) <> lower($text), event_id desc
limit $most
