"""The pages, one module each.

Belongs here: which panel of a page shows which answer. Does not belong here: SQL (queries/), figures (figures/), markup
(components/), the frame of a page (page/frame.py).
"""
