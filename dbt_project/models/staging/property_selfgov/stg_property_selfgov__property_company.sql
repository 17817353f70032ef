{{ all_snapshots('property_selfgov', 'property_company') }}
