"""The working database and its single writer: store, ledger, journal, lock."""
