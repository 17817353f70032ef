{{ current_rows('volunteer', 'activity') }}
