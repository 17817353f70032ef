{{ current_rows('co_building', 'covenant') }}
