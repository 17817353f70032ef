{{ all_snapshots('smart_community', 'building') }}
