{{ current_rows('service_centre', 'duty_shift') }}
