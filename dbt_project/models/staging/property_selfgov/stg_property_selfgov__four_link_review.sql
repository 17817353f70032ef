{{ current_rows('property_selfgov', 'four_link_review') }}
