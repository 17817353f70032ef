{{ current_rows('service_centre', 'service_case') }}
