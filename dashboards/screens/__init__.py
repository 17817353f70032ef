"""The pages, a module each.

Here: which panel of a page shows which answer. Not here: SQL (queries/), figures (figures/), markup (components/), what
is around a page (page/frame.py).
"""
