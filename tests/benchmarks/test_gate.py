"""The section on the gate with few requests."""

import sys
from pathlib import Path

import pytest

from . import compare_gate, run
from .conftest import Found


def test_what_the_gate_costs_is_measured(tmp_path: Path, found: Found, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    monkeypatch.setattr(sys, "argv", ["run", "--only", "gate", "--requests", "50", "--runs", "1", "--page", str(page)])
    run.main()
    numbers = found["gate"][0].numbers()
    assert min(numbers.values()) > 0
    assert all(numbers[f"{kind} gate p50"] > numbers[f"{kind} bare p50"] for kind in ("file", "page"))
    written = page.read_text(encoding="utf-8")
    assert "## Gate" in written and all(f"\n| {title} |" in written for title in compare_gate.ROWS.values())
