"""What readers get: immutable generations, catalog, copies, small cells, questions."""
