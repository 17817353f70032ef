{{ current_rows('co_building', 'meeting_resolution') }}
