{{ current_rows('co_building', 'alliance_commitment') }}
