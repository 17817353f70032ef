{{ all_snapshots('property_selfgov', 'selfgov_group') }}
