{{ all_snapshots('co_building', 'alliance_member') }}
