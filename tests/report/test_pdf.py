"""The PDF: the same bytes anywhere, sound by foreign readers, complete, and harmless whatever the evidence says."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from forensics.errors import UsageError
from forensics.report import cards
from forensics.report.pdf import render as setting
from forensics.report.pdf.printable import printable
from forensics.report.profiles import PROFILES, profile_of
from forensics.report.view import CaseView
from tests.conftest import Tally
from tests.pipeline.march import ROOT
from tests.report import views
from tests.report.views import DATA, ENCLOSED

pytest.importorskip("typst", reason="needs the typesetter")
pikepdf = pytest.importorskip("pikepdf", reason="needs pikepdf")


def needs(program: str) -> str:
    """Return the program, or skip and say which package has it."""
    found = shutil.which(program)
    if not found:
        pytest.skip(f"needs {program} (Debian: poppler-utils, qpdf)")
    return found


def pages(path: Path) -> int:
    with pikepdf.open(path) as held:
        return len(held.pages)


def written(folder: Path, data: bytes) -> Path:
    path = folder / "report.pdf"
    path.write_bytes(data)
    return path


def text_of(path: Path) -> str:
    done = subprocess.run([needs("pdftotext"), str(path), "-"], capture_output=True, check=True)
    return done.stdout.decode()


def test_every_profile_is_set_and_an_annex_to_an_application_has_at_most_twenty_pages(tmp_path: Path) -> None:
    counts = {
        name: pages(written(tmp_path, setting.render(views.rich(), (ENCLOSED,), item)))
        for name, item in PROFILES.items()
    }
    assert set(counts) == {"onepage", "police", "court", "echr", "technical"}
    assert counts["echr"] <= 20
    assert counts["onepage"] == 1
    assert counts["technical"] >= counts["court"] > counts["onepage"]
    with pytest.raises(UsageError, match="no such profile"):
        profile_of("king", "pdf")


@pytest.mark.parametrize("view", [views.empty(), views.huge(2_000), *(views.hostile(which) for which in range(3))])
def test_one_page_is_one_page_whatever_the_evidence_says(view: CaseView, tmp_path: Path) -> None:
    assert pages(written(tmp_path, setting.render(view, (), PROFILES["onepage"]))) == 1


def test_all_findings_of_the_page_are_in_the_file_to_file(tmp_path: Path) -> None:
    view = views.rich()
    text = text_of(written(tmp_path, setting.render(view, (ENCLOSED,))))
    assert [card.finding.id for card in cards.cards(view) if card.finding.id not in text] == []
    assert view.checkpoint is not None
    assert view.checkpoint.root[:20] in text.replace("\n", "")


def test_two_processes_under_other_clocks_and_languages_make_the_same_bytes() -> None:
    code = (
        "import sys, hashlib\nfrom forensics.report.pdf import render\nfrom tests.report import views\n"
        "sys.stdout.write(hashlib.sha256(render.render(views.rich())).hexdigest())"
    )
    made = []
    for zone, language, epoch in (("Asia/Baku", "C", "1"), ("America/Lima", "az_AZ.UTF-8", "2000000000")):
        environment = {**os.environ, "TZ": zone, "LANG": language, "LC_ALL": language, "SOURCE_DATE_EPOCH": epoch}
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, env=environment, cwd=ROOT, check=True
        )
        made.append(done.stdout)
    assert made[0] == made[1] == hashlib.sha256(setting.render(views.rich())).hexdigest()


def test_foreign_readers_find_it_sound_tagged_and_archivable(tmp_path: Path) -> None:
    path = written(tmp_path, setting.render(views.rich(), (ENCLOSED,)))
    checked = subprocess.run([needs("qpdf"), "--check", str(path)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    listed = subprocess.run([needs("pdfdetach"), "-list", str(path)], capture_output=True, text=True, check=True)
    assert "findings.json" in listed.stdout
    with pikepdf.open(path) as held:
        with held.open_metadata() as about:
            assert (about["pdfaid:part"], about["pdfaid:conformance"]) == ("3", "A")
        assert held.Root.MarkInfo.Marked
        assert held.Root.Lang == "en"
        assert held.attachments["findings.json"].get_file().read_bytes() == DATA
        fonts = [font for page in held.pages for font in page.Resources.get("/Font", {}).values()]
        assert fonts
        assert all("/FontFile" in str(font.DescendantFonts[0].FontDescriptor.keys()) for font in fonts)


@pytest.mark.parametrize("which", range(3))
def test_hostile_text_in_every_field_is_set_harmlessly(which: int, tmp_path: Path, tally: Tally) -> None:
    path = written(tmp_path, setting.render(views.hostile(which), (ENCLOSED,), PROFILES["technical"]))
    text = text_of(path)
    assert not set(text) & {"\x1b", "\u202e", "\u2066"}
    with pikepdf.open(path) as held:
        assert "/OpenAction" not in held.Root
        assert "/AA" not in held.Root
        assert not [note for page in held.pages for note in page.get("/Annots", []) if "/URI" in note.get("/A", {})]
        count = len(held.pages)
    places = len(list(views.texts_of(views.hostile(which))))
    tally(f"hostile strings in a PDF, from string {which} on", strings=len(views.HOSTILE), places=places, pages=count)


@pytest.mark.parametrize(
    "text", ['#eval("1+1")', "@ref $x$ *b* _i_ `c` <a> //", "=cmd|'/c calc'!A0", "<script>x</script>"]
)
def test_markup_of_the_typesetter_is_only_text(text: str, tmp_path: Path) -> None:
    view = replace(views.empty(), title=text, reference=text)
    shown = text_of(written(tmp_path, setting.render(view)))
    assert "".join(text.split()) in "".join(shown.split())


def test_a_character_without_a_glyph_is_spelled_out() -> None:
    assert printable("a\U0001f600b") == "a⟨U+1F600⟩b"
    for word in ("Qad\u0131nlar \u00fc\u00e7\u00fcn", "\u0416\u0435\u043d", "\u0646\u0633\u0627\u0621"):
        assert printable(word) == word


def test_a_case_is_filed_with_its_seal(tmp_path: Path) -> None:
    from forensics.pipeline import printing, replay
    from tests.pipeline.march import run

    run(tmp_path, pdf=True)
    case = tmp_path / "case"
    printed = printing.print_again(case, tmp_path / "annex.pdf", "court", None, None)
    assert hashlib.sha256(printed.data).hexdigest() == printed.sha256
    assert (case / "report.pdf").read_bytes() == printed.data
    counts = {}
    for name in ("onepage", "echr"):
        printing.print_again(case, tmp_path / f"{name}.pdf", name, None, None)
        counts[name] = pages(tmp_path / f"{name}.pdf")
    assert counts["onepage"] == 1
    assert counts["echr"] <= 20, "what docs/pdf-reports.md says of the sample"
    again = replay.replay(case)
    assert {item.name: item.state for item in again.files}["report.pdf"] == "same"
    assert again.same
