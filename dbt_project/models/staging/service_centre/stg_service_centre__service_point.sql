{{ all_snapshots('service_centre', 'service_point') }}
