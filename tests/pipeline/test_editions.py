"""Editions of the March case: every canary of the owner is gone from the public one, and the custodian can undo it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from forensics import cli
from forensics.pipeline import editions
from forensics.report import render_html
from forensics.report.language import SHIPPED
from forensics.report.profiles import PROFILES
from forensics.report.view_document import read
from tests.conftest import Tally
from tests.pipeline.march import contents, run

CANARIES = (
    "192.0.2.14", "editor.example", "editor@mail.example", "the_editor_example", "100000000000000000001", "+00000000000",
    "Feminist kitabxana", "Qad\u0131nlar", "A\u00e7\u0131q", "evidence/", "Women's Day", "facebook-editor",
    "takeout-2020", "SAMPLE-1", "the examiner",
)  # fmt: skip
KEPT = ("203.0.113.45", "198.51.100.21", "AS64497", "F-1", "2020-03-11 00:43:10")


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FORENSICS_HOME", str(tmp_path / "home"))
    run(tmp_path)
    return tmp_path / "case"


def test_no_canary_of_the_owner_is_in_the_public_page(
    case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], tally: Tally
) -> None:
    before = contents(case)
    out = tmp_path / "public.html"
    assert cli.run(["report", str(case), "--edition", "public", "--output", str(out)]) == 0
    page = out.read_text()
    assert [word for word in CANARIES if word in page] == []
    assert [word for word in KEPT if word not in page] == []
    assert "This is the public edition" in page
    assert contents(case) == before, "the case stays as it is"
    told = capsys.readouterr().err
    assert "hidden: account" in told
    (listed,) = (tmp_path / "home" / editions.FOLDER).glob("*.json")
    held = json.loads(listed.read_text())
    assert "editor.example" in {item["text"] for item in held.values()}
    assert listed.stat().st_mode & 0o077 == 0
    first = page
    assert cli.run(["report", str(case), "--edition", "public", "--output", str(out)]) == 0
    assert out.read_text() == first, "the same key, the same marks"
    whole = (case / "report.html").read_text()
    tally("canaries in the public page", canaries=len(CANARIES), hidden=sum(whole.count(word) for word in CANARIES))


def test_no_canary_is_in_a_public_page_of_any_profile_or_language(case: Path, tmp_path: Path, tally: Tally) -> None:
    asked = [
        *(["--profile", name] for name in PROFILES),
        *(["--lang", name] for name in SHIPPED[1:]),
        ["--bilingual", "az,en"],
    ]
    for options in asked:
        out = tmp_path / "public.html"
        assert cli.run(["report", str(case), "--edition", "public", *options, "--output", str(out)]) == 0
        page = out.read_text(encoding="utf-8")
        assert [word for word in CANARIES if word in page] == [], options
        assert "203.0.113.45" in page
    tally("canaries in public pages", canaries=len(CANARIES), profiles=len(PROFILES), languages=len(SHIPPED) - 1)


def test_no_canary_is_in_the_public_data(case: Path, tmp_path: Path, tally: Tally) -> None:
    out = tmp_path / "public.json"
    assert cli.run(["report", str(case), "--edition", "public", "--format", "json", "--output", str(out)]) == 0
    shown = read(out.read_bytes())
    text = json.dumps(json.loads(out.read_bytes()), ensure_ascii=False)
    assert [word for word in CANARIES if word in text] == []
    assert [word for word in KEPT if word not in render_html(shown).decode()] == []
    whole = json.dumps(json.loads((case / "report.json").read_bytes()), ensure_ascii=False)
    assert {"192.0.2.14", "editor.example", "SAMPLE-1"} <= {word for word in CANARIES if word in whole}, (
        "they were there"
    )
    tally("canaries in the public data", canaries=len(CANARIES), hidden=sum(whole.count(word) for word in CANARIES))


def test_no_canary_is_in_the_public_pdf(case: Path, tmp_path: Path, tally: Tally) -> None:
    pytest.importorskip("typst", reason="needs the typesetter")
    reader = shutil.which("pdftotext")
    if not reader:
        pytest.skip("needs pdftotext (Debian: poppler-utils)")
    out = tmp_path / "public.pdf"
    assert cli.run(["report", str(case), "--edition", "public", "--format", "pdf", "--output", str(out)]) == 0
    text = subprocess.run([reader, str(out), "-"], capture_output=True, text=True, check=True).stdout
    joined = "".join(text.split())
    assert [word for word in CANARIES if "".join(word.split()) in joined] == []
    assert "203.0.113.45" in joined
    tally("canaries in the public PDF", canaries=len(CANARIES), characters=len(joined))


def test_the_custodian_reads_everything_and_a_court_the_accounts(case: Path, tmp_path: Path) -> None:
    for edition in ("custodian", "court"):
        out = tmp_path / f"{edition}.html"
        assert cli.run(["report", str(case), "--edition", edition, "--output", str(out)]) == 0
        assert "192.0.2.14" in out.read_text()
        assert "editor.example" in out.read_text()


@pytest.mark.parametrize("options", [["--edition", "king", "--output", "x.html"], ["--edition", "public"]])
def test_what_has_no_meaning_is_refused(case: Path, options: list[str]) -> None:
    assert cli.run(["report", str(case), *options]) == 2
