"""Data of the dashboard: queries to the published generation, arithmetic and judgement on the results.

Belongs here: figures. Does not belong here: SQL (queries/), wording and formats (language/), markup (components/).
"""
