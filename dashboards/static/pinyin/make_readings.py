"""Makes readings.csv: which characters are read as which syllable of pinyin, so that names can be searched by pinyin.

Run by hand; the result is committed.

    python make_readings.py [TEXT ...]

Keeps all of GB 2312, every character of the national register of divisions, and of the given TEXT files. A character
with several readings is listed under each of them: 长 is found by chang and by zhang. Tones are left out, ü is v. Needs
PyPI `pypinyin` (MIT), which only this script uses.
"""

import sys
import zipfile
from pathlib import Path

from pypinyin import Style, pinyin

HERE = Path(__file__).resolve().parent
REGISTER = HERE.parents[2] / "pipelines" / "districts" / "divisions.zip"


def gb2312() -> set[str]:
    """Every character that two GB 2312 bytes can mean."""
    pairs = (bytes((high, low)) for high in range(0xB0, 0xF8) for low in range(0xA1, 0xFF))
    return set("".join(pair.decode("gb2312", errors="ignore") for pair in pairs))


def wanted(texts: list[Path]) -> set[str]:
    with zipfile.ZipFile(REGISTER) as register:
        named = "".join(register.read(name).decode("utf-8") for name in register.namelist())
    written = set(named).union(*(path.read_text(encoding="utf-8") for path in texts))
    return gb2312() | {sign for sign in written if "\u3400" <= sign <= "\u9fff"}


def main() -> None:
    by_syllable: dict[str, set[str]] = {}
    for sign in wanted([Path(text) for text in sys.argv[1:]]):
        for syllable in pinyin(sign, style=Style.NORMAL, heteronym=True)[0]:
            if syllable.isascii() and syllable.isalpha():
                by_syllable.setdefault(syllable, set()).add(sign)
    lines = [f"{syllable},{''.join(sorted(signs))}" for syllable, signs in sorted(by_syllable.items())]
    (HERE / "readings.csv").write_text("syllable,characters\n" + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
