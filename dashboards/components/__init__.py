"""Pieces of pages: markup made from figures, escaped here, placed by the pages. No data access, no judgement on
figures."""
