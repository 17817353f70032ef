"""Colours: text is readable on its background in both themes, and the types can be distinguished by more than hue."""

from itertools import combinations

import pytest

import theme

ON_CARD = ("ink", "muted", "bad", "warn", "good", "link")
PAIRS = [
    *((text, "card") for text in ON_CARD),
    *((text, "page") for text in ("ink", "muted")),
    *((tone, f"{tone}-soft") for tone in ("bad", "warn", "good")),
    *((f"on{grade}", f"seq{grade}") for grade in range(4)),
    ("ink", "soft"),
    ("card", "bad"),
    # On stripes, which axe does not judge.
    ("ink", "grid"),
]


def luminance(colour: str) -> float:
    """WCAG's relative luminance of #RRGGBB, 0 to 1."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "under"), PAIRS)
def test_text_is_readable_on_what_it_stands_on(text: str, under: str, dark: bool) -> None:
    colours = theme.palette(dark)
    assert contrast(colours[text], colours[under]) >= 4.5


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_mark_stands_out_from_the_card(dark: bool) -> None:
    colours = theme.palette(dark)
    for name in theme.PILLARS:
        assert contrast(colours[name], colours["card"]) >= 3
    for end in ("brand", "brand-end"):
        assert contrast(colours["on-brand"], colours[end]) >= 3


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_shades_grow_one_way(dark: bool) -> None:
    """A scale of lightness alone needs no hue."""
    shades = [luminance(theme.palette(dark)[f"seq{grade}"]) for grade in range(4)]
    assert shades == sorted(shades, reverse=not dark)
    assert all(abs(one - other) > 0.02 for one, other in combinations(shades, 2))
