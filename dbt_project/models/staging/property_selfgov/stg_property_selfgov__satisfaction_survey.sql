{{ current_rows('property_selfgov', 'satisfaction_survey') }}
