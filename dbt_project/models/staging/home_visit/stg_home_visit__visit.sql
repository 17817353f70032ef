{{ current_rows('home_visit', 'visit') }}
