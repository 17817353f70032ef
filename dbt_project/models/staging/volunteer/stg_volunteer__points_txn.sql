{{ current_rows('volunteer', 'points_txn') }}
