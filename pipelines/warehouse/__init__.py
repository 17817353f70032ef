"""The working database and its one writer: store, ledger, journal, lock."""
