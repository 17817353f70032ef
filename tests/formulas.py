"""Texts that a spreadsheet takes for a formula, and texts that only look like one: one table for all code that writes
files.

Belongs here: the table, and how to recognise a cell without the product's own rule. Does not belong here: the files
(`unit/test_asking`, `pages/test_downloads`).
"""

SIGNS = "=+-@＝＋－＠"
# Blanks and invisible characters, which another program may remove.
UNSEEN = {
    "blank": " ",
    "no-break space": "\u00a0",
    "ideographic space": "\u3000",
    "thin space": "\u2009",
    "line separator": "\u2028",
    "next line": "\u0085",
    "vertical tab": "\x0b",
    "form feed": "\x0c",
    "unit separator": "\x1f",
    "delete": "\x7f",
    "byte-order mark": "\ufeff",
    "zero-width space": "\u200b",
    "zero-width joiner": "\u200d",
    "soft hyphen": "\u00ad",
    "word joiner": "\u2060",
    "right-to-left mark": "\u200f",
    "right-to-left override": "\u202e",
    "isolate": "\u2068",
    "tag": "\U000e0041",
    "variation selector": "\ufe0f",
    "grapheme joiner": "\u034f",
    "Hangul filler": "\u3164",
    "half-width Hangul filler": "\uffa0",
    "Braille blank": "\u2800",
    "several": " \u200b\ufeff\u3000",
}

FORMULAS = [
    *SIGNS,
    *(f"{sign}1+1" for sign in SIGNS),
    *(f"{unseen}{sign}1" for unseen in UNSEEN.values() for sign in "=－"),
    # No ordinary text begins with a tab or a line end, so these are escaped with anything after them.
    *("\t", "\t甲", "\r甲", "\n甲", "\r\n=1", "\t=1", "\n＠SUM(A1)", " \t=1", " \r\n=1"),
    *("+86 139", "-2", "-2.5", "-结案率", "－结案率", '=HYPERLINK("http://x","y")', "=cmd|' /C calc'!A0", "=1\r=2"),
]
TEXTS = [
    *(
        "",
        " ",
        "渭滨区",
        "a=b",
        "1-2",
        "1＋1",
        "'=1",
        '"=1"',
        "( =1",
        "[-1]",
        "·=",
        "。＝1",
        "—",
        "\u200b甲",
        "\u3000甲",
    ),
    # The continuation of a text stays in its field.
    *("甲\t=1", "甲\n=1", "甲\r=1", "甲\r\n=1", "甲,=1", "甲;=1", '甲",=1'),
    *("2024-01-05", "0", "A@B.C"),
]


def begins_like_a_formula(cell: str) -> bool:
    """Whether the first visible character is one of a formula, or the first of all is a tab or a line end."""
    seen = cell.lstrip("".join(UNSEEN.values()) + "\t\r\n")
    return cell[:1] in ("\t", "\r", "\n") or seen[:1] in tuple(SIGNS)
