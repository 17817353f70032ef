{{ current_rows('command_centre', 'event_flow') }}
