"""What the documentation lets analysts type: every query and every example in Python runs on the demo district.

Belongs here: code blocks of docs/*.md. Does not belong here: the recipes (`test_district`), commands with their output.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.publication import query
from pipelines.settings import PROJECT_DIR

Built = tuple[Path, Path, str]
DOCS = sorted((PROJECT_DIR / "docs").glob("*.md"))
TEXTS = {file.name: file.read_text(encoding="utf-8") for file in DOCS}


def blocks(language: str, text: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


# With Jinja it is a model, not a query.
QUERIES = [(name, sql) for name, text in TEXTS.items() for sql in blocks("sql", text) if "{{" not in sql]
TYPED = [
    (name, sql) for name, text in TEXTS.items() for sql in re.findall(r"sihe query (?:--csv )?\"([^\"…]+)\"", text)
]
ANSWERED = re.findall(r"^```sql\n(.*?)^```\n\n```csv\n(.*?)^```$", TEXTS["questions.md"], re.DOTALL | re.MULTILINE)
# ibis is not installed with Sihe.
EXAMPLES = [code for code in blocks("python", TEXTS["analysts.md"]) if "import ibis" not in code]


def test_every_query_of_the_documentation_runs(district: Built) -> None:
    assert len(QUERIES) >= 13
    assert len(TYPED) >= 4
    for name, sql in QUERIES + TYPED:
        assert query.ask(district[0] / "published", sql, 10).columns, name


def test_the_ten_questions_have_the_answers_that_stand_below_them(district: Built) -> None:
    assert len(ANSWERED) == 10
    for sql, answer in ANSWERED:
        assert query.as_csv(query.ask(district[0] / "published", sql)) == answer


@pytest.mark.parametrize("number", range(3))
def test_the_examples_in_python_run(district: Built, number: int) -> None:
    assert len(EXAMPLES) == 3
    ran = subprocess.run(
        [sys.executable, "-c", EXAMPLES[number]], cwd=district[0], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout
