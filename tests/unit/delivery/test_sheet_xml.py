"""The quick searches of a sheet's XML compared with plain regular expressions, on random XML.

Belongs here: that a search that looks at less finds the same. Does not belong here: whole workbooks (`test_reading`).
"""

import random
import re

from pipelines.delivery import sheet_xml
from pipelines.delivery.sheet_xml import column_number
from pipelines.delivery.workbook_process import MAX_CELLS

TEXTS, SEED = 30_000, 3
NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
NEAR_COLUMN, NEAR_ROW = 182, 99_999
PIECES = [
    *["<row", "<row ", ' r="3"', 'r="4"', ' r="A3"', '\tr="BC12"', 'x:r="A9"', ' footer="0.3"', 'footer="A77"', "/>"],
    *[">", "</row>", "<c", ' t="e"', " t='e'", "<v>1</v>", "<v/>", "<t> x</t>", "<v> </v>", "<x:c", "<rows>", "<row/>"],
    *[' r="FZ99999"', ' r="GA1"', ' r="B100000"', ' r="100000"'],
    *['<row r="9">', '<c r="XFD7">', 'xmlns:r="x"', "</c>", " ", '<mergeCell ref="A1:B9"/>'],
]
ROW = re.compile(rb"<row(?=[\s/>])([^>]*?)(?:/>|>(.*?)</row>)", re.DOTALL)
ROW_AT = re.compile(rb'\br="(\d+)"')
VALUE = re.compile(rb"<[vt](?: [^>]*)?>\s*[^<\s]")
REFERENCE = re.compile(rb'\br="([A-Z]*)(\d+)"')
ERROR = re.compile(rb"(<(?:\w+:)?c\b[^>]*?\bt=)([\"'])e\2")


def rows_with_values(xml: bytes, header_row: int) -> int:
    count, at = 0, 0
    for row in ROW.finditer(xml):
        said = ROW_AT.search(row[1])
        at = int(said[1]) if said else at + 1
        count += at > header_row and row[2] is not None and VALUE.search(row[2]) is not None
    return count


def test_formulas_and_blank_values_are_found_wherever_they_stand() -> None:
    chance = random.Random(SEED)
    pieces = [
        *["<sheetData>", "</sheetData>", "<x:sheetData>", "<f>", "<f/>", "<x:f >", "<foo>", "f", "<v>", "</v>", "<t>"],
        *["</t>", " ", "\u00a0", "\u200b", "\u8def", "a", "\ufeff"],
    ]
    formulas = blanks = 0
    for _ in range(TEXTS):
        xml = "".join(chance.choices(pieces, k=chance.randint(1, 15))).encode()
        has_formulas = re.search(rb"<(?:\w+:)?f[\s/>]", xml) is not None
        has_blanks = sheet_xml._BLANK_VALUE.search(xml) is not None
        assert sheet_xml._has_formulas(xml) == has_formulas, xml
        assert sheet_xml._has_blank_values(xml) == has_blanks, xml
        formulas += has_formulas
        blanks += has_blanks
    assert min(formulas, blanks) > TEXTS / 50


def test_numbers_below_0_are_found_in_any_spelling() -> None:
    chance = random.Random(SEED)
    spellings = {
        **dict.fromkeys(
            ("<v>-1</v>", "<v> -0.5</v>", "<f>-A1</f><v>-2</v>", "<v>&#45;3</v>", "<v><![CDATA[-4]]></v>"), True
        ),
        **dict.fromkeys(("<v>1</v>", "<f>-A1</f><v>2</v>", "<v/>", "", "<v>1E-5</v>", "<v>0</v>"), False),
    }
    for _ in range(TEXTS // 30):
        xml, below = "", set()
        for row in range(1, chance.randint(2, 4)):
            xml += f'<row r="{row}">' if chance.random() < 0.5 else "<row>"
            for column in range(1, chance.randint(1, 5)):
                spelling = chance.choice(list(spellings))
                kind = chance.choice(["", "", ' t="n"', ' t="str"'])
                place = f' r="{sheet_xml.column_letters(column)}{row}"' if chance.random() < 0.5 else ""
                xml += f"<c{place}{kind}>{spelling}</c>"
                if spellings[spelling] and "str" not in kind:
                    below.add((row, column))
            xml += "</row>"
        whole = f'<worksheet xmlns="{NAMESPACE}"><sheetData>{xml}</sheetData></worksheet>'.encode()
        assert sheet_xml.below_zero(whole) == below, whole


def test_the_quick_searches_find_what_the_plain_ones_find() -> None:
    chance = random.Random(SEED)
    counted = near = 0
    for _ in range(TEXTS):
        xml = "".join(chance.choices(PIECES, k=chance.randint(1, 20))).encode()
        references = REFERENCE.findall(xml)
        right = max((column_number(letters.decode()) for letters, _ in references), default=0)
        bottom = max((int(digits) for _, digits in references), default=0)
        assert sheet_xml.claimed_extent(xml) == (right, bottom), xml
        if sheet_xml.is_near(xml):
            assert right <= NEAR_COLUMN and bottom <= NEAR_ROW, xml
            near += right > 0 or bottom > 0
        assert sheet_xml.with_errors_as_text(xml) == ERROR.sub(rb'\1"str"', xml), xml
        count, unreadable = sheet_xml.scan(xml, set(), frozenset(), 2)
        assert (count, unreadable) == (rows_with_values(xml, 2), {}), xml
        counted += count
    assert counted > TEXTS / 200
    assert near > TEXTS / 20
    assert NEAR_COLUMN * NEAR_ROW <= MAX_CELLS
