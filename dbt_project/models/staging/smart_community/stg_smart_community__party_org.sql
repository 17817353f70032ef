{{ all_snapshots('smart_community', 'party_org') }}
