{{ current_rows('snap_report', 'report') }}
