{{ all_snapshots('smart_community', 'grid_worker') }}
