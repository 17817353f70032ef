{{ all_snapshots('smart_community', 'care_household') }}
