"""Codes of divisions: the length of the code of each level, and the levels above a code.

Belongs here: every cut of a code in the dashboard. Does not belong here: names (orgs.py). The same lengths for SQL are
in dbt_project/macros/codes.sql.
"""

PROVINCE, CITY, DISTRICT, STREET, COMMUNITY, GRID = 2, 4, 6, 9, 12, 15


def district_of(code: str) -> str:
    return code[:DISTRICT]


def is_district(code: str) -> bool:
    return len(code) == DISTRICT and code.isascii() and code.isdecimal()


def street_of(code: str) -> str:
    """The street of a longer code; shorter codes stay as they are."""
    return code[:STREET]


def with_those_above(community_code: str) -> tuple[str, str, str]:
    """The codes of a community, its street and its district."""
    return community_code, street_of(community_code), district_of(community_code)


def community_of(code: str) -> str:
    return code[:COMMUNITY]


def level_of(code: str) -> str:
    """The level of the code in a URL: no code is the whole district."""
    return {0: "district", STREET: "street"}.get(len(code), "community")
