"""Makes the two web fonts of the dashboard: Noto Sans SC, reduced to the characters that a Chinese district needs.

Run by hand; the result is committed.

    python make_subset.py NotoSansSC-Regular.otf NotoSansCJK-Bold.ttc [TEXT ...]

Regular comes from PyPI `pylopdf-fonts-zh-cn`, Bold from Debian `fonts-noto-cjk` (a collection: its SC face is
used). Keeps all of GB 2312, Latin, every character of the dashboard's modules, and of the given TEXT files
(contracts, registers). Needs fonttools and brotli. Licence: OFL.txt next to this script.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection, TTFont

HERE = Path(__file__).resolve().parent
DASHBOARD = HERE.parent.parent
MOST_BYTES = 2_400_000
FAMILY = "Noto Sans SC"


def gb2312() -> set[str]:
    """Every character that two GB 2312 bytes can mean."""
    found = set()
    for high in range(0xA1, 0xF8):
        for low in range(0xA1, 0xFF):
            try:
                found.add(bytes((high, low)).decode("gb2312"))
            except UnicodeDecodeError:
                continue
    return found


def wanted(texts: list[Path]) -> set[str]:
    latin = {chr(code) for code in (*range(0x20, 0x7F), *range(0xA0, 0x100))}
    signs = set("‘’“”—–…·•‹›×÷≈≤≥＝┊●○■□▲▼△▽◆◇★☆→←↑↓√∑％￥℃①②③④⑤⑥⑦⑧⑨⑩")
    own = [*DASHBOARD.rglob("*.py"), DASHBOARD / "menu.toml"]
    written = set("".join(path.read_text(encoding="utf-8") for path in [*own, *texts]))
    return {sign for sign in gb2312() | latin | signs | written if sign.isprintable()}


def face(path: Path) -> TTFont:
    """The font, or the SC face of a collection."""
    if path.suffix != ".ttc":
        return TTFont(path)
    return next(font for font in TTCollection(path).fonts if "CJK SC" in (font["name"].getDebugName(4) or ""))


def make(source: Path, target: Path, characters: set[str]) -> None:
    options = subset.Options()
    options.flavor = "woff2"
    options.hinting = False
    options.layout_features = ["kern", "tnum"]
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.notdef_outline = True
    font = face(source)
    cutter = subset.Subsetter(options)
    cutter.populate(text="".join(sorted(characters)))
    cutter.subset(font)
    for record in font["name"].names:
        if record.nameID in (1, 16):
            record.string = FAMILY
    subset.save_font(font, target, options)
    size = target.stat().st_size
    if size > MOST_BYTES:
        raise SystemExit(f"{target.name}: {size:,} bytes, more than {MOST_BYTES:,}")
    print(f"{target.name}: {len(characters):,} characters wanted, {size:,} bytes")


if __name__ == "__main__":
    regular, bold, *texts = (Path(argument) for argument in sys.argv[1:])
    characters = wanted(texts)
    make(regular, HERE / "NotoSansSC-400.woff2", characters)
    make(bold, HERE / "NotoSansSC-700.woff2", characters)
