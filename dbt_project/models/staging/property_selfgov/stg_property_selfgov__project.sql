{{ current_rows('property_selfgov', 'project') }}
