{{ current_rows('co_building', 'fund_txn') }}
