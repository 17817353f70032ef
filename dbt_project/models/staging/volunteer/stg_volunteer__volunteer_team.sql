{{ all_snapshots('volunteer', 'volunteer_team') }}
