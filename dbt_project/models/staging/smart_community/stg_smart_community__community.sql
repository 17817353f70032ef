{{ all_snapshots('smart_community', 'community') }}
