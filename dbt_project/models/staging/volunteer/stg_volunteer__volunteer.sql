{{ all_snapshots('volunteer', 'volunteer') }}
