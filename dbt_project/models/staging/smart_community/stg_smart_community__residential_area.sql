{{ all_snapshots('smart_community', 'residential_area') }}
