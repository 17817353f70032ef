{{ current_rows('volunteer', 'service_log') }}
