"""Codes of divisions: the length of the code of each level.

Belongs here: lengths of codes. Does not belong here: names (`divisions`), which columns have codes (the contracts). The
same lengths are in dbt_project/macros/codes.sql for SQL and in dashboards/figures/codes.py for the dashboard, which
imports nothing from here.
"""

PROVINCE, CITY, DISTRICT, STREET, COMMUNITY, GRID = 2, 4, 6, 9, 12, 15
