{{ current_rows('co_building', 'suggestion') }}
