"""What readers get: immutable generations, catalog, copies, hidden small counts, queries."""
