"""Pages in Chromium, judged by axe-core: no violation in light, dark, narrow and printed form; pictures are kept.

The screenshots go to ``.artefacts/`` beside the Makefile, so that a person can look at what was judged.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from forensics.pipeline import letters
from forensics.pipeline.correlating import correlate
from forensics.pipeline.correlation_page import document_of
from forensics.report import render_html
from forensics.report.document import as_html
from forensics.report.language.both import Both
from forensics.report.language.speech import ENGLISH, Speech
from forensics.report.profiles import PROFILES
from tests.pipeline.march import ROOT, run
from tests.report import invented, views
from tests.report.views import ENCLOSED

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
pytest.importorskip("axe_playwright_python", reason="needs axe-core")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="needs Chromium (Debian: apt-get install chromium)")

ARTEFACTS = ROOT / ".artefacts"

PROBE = r"""
import json, sys
from pathlib import Path
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

chromium, artefacts, *pages = sys.argv[1:]
ARGS = ("--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
        "--disable-component-update --disable-sync").split()
FORMS = {
    "light": dict(color_scheme="light", viewport={"width": 1280, "height": 3000}),
    "dark": dict(color_scheme="dark", viewport={"width": 1280, "height": 3000}),
    "narrow": dict(color_scheme="light", viewport={"width": 360, "height": 3000}),
    "print": dict(color_scheme="light", viewport={"width": 794, "height": 3000}),
}
found = []
with sync_playwright() as player:
    browser = player.chromium.launch(executable_path=chromium, args=ARGS)
    for path in map(Path, pages):
        for form, options in FORMS.items():
            page = browser.new_context(**options).new_page()
            if form == "print":
                page.emulate_media(media="print")
            page.goto(path.as_uri())
            page.screenshot(path=Path(artefacts) / f"{path.stem}-{form}.png")
            judged = Axe().run(page).response
            for item in judged["violations"]:
                found.append([path.name, form, item["id"], item["help"], [node["html"][:200] for node in item["nodes"]][:3]])
            found.append([path.name, form, "passes", len(judged["passes"]), []])
            page.context.close()
    browser.close()
print(json.dumps(found))
"""


def judged(*pages: Path) -> list[Any]:
    """Return [page, form, rule, help, nodes] of every violation, and [page, form, "passes", rules held, []]."""
    ARTEFACTS.mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-c", PROBE, CHROMIUM, str(ARTEFACTS), *map(str, pages)],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: list[Any] = json.loads(done.stdout)
    return found


def check(*pages: Path) -> None:
    found = judged(*pages)
    assert [item for item in found if item[2] != "passes"] == []
    assert all(item[3] > 10 for item in found if item[2] == "passes"), "the judge looked at something"
    assert len(found) == 4 * len(pages)


def test_the_report_of_the_sample_has_no_violation(tmp_path: Path) -> None:
    run(tmp_path)
    page = tmp_path / "march.html"
    page.write_bytes((tmp_path / "case" / "report.html").read_bytes())
    check(page)


def test_hostile_and_empty_reports_have_no_violation(tmp_path: Path) -> None:
    pages = {"hostile": views.hostile(), "rich": views.rich(), "empty": views.empty()}
    for name, view in pages.items():
        (tmp_path / f"{name}.html").write_bytes(render_html(view))
    check(*(tmp_path / f"{name}.html" for name in pages))


def test_reports_from_right_to_left_and_in_two_languages_have_no_violation(tmp_path: Path) -> None:
    arabic = invented.speech(tmp_path, invented.ARABIC)
    pages: dict[str, Speech] = {
        "right-to-left": arabic,
        "english-arabic": Both(ENGLISH, arabic),
        "arabic-english": Both(arabic, ENGLISH),
    }
    for name, speech in pages.items():
        (tmp_path / f"{name}.html").write_bytes(render_html(views.rich(), speech))
    check(*(tmp_path / f"{name}.html" for name in pages))


def test_every_profile_has_no_violation(tmp_path: Path) -> None:
    arabic = invented.speech(tmp_path, invented.ARABIC)
    said: dict[str, tuple[str, Speech]] = {name: (name, ENGLISH) for name in PROFILES}
    said |= {"court-arabic": ("court", arabic), "echr-both": ("echr", Both(ENGLISH, arabic))}
    for stem, (name, speech) in said.items():
        page = render_html(views.rich(), speech, PROFILES[name], (ENCLOSED,))
        (tmp_path / f"profile-{stem}.html").write_bytes(page)
    check(*(tmp_path / f"profile-{stem}.html" for stem in said))


def test_letters_have_no_violation(tmp_path: Path) -> None:
    run(tmp_path)
    files = letters.write_letters(tmp_path / "case", "police", (), "html")
    check(*letters.save(files, tmp_path / "letters"))


def test_the_comparison_of_cases_has_no_violation(tmp_path: Path) -> None:
    found = correlate([ROOT / "samples" / "march", ROOT / "samples" / "colleague"])
    page = tmp_path / "correlation.html"
    page.write_bytes(as_html(document_of(found, names=True)))
    check(page)


def test_the_judge_sees_a_fault(tmp_path: Path) -> None:
    page = tmp_path / "faulty.html"
    page.write_text("<!doctype html><html><head><title>x</title></head><body><table><td>1</td></table></body></html>")
    assert {"html-has-lang"} <= {item[2] for item in judged(page)}
