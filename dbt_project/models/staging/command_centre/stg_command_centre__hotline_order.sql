{{ current_rows('command_centre', 'hotline_order') }}
