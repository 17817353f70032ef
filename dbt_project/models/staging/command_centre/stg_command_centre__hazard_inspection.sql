{{ current_rows('command_centre', 'hazard_inspection') }}
