"""Profiles: the same content on the page and in the PDF, with the same finding ids; each page whole, enclosed and printable."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from forensics import cli
from forensics.case import CaseFolder
from forensics.chain_of_custody import read_records
from forensics.errors import UsageError
from forensics.pipeline.replay import replay
from forensics.pipeline.sealed_view import view_again
from forensics.report import page, render_html
from forensics.report.language import SHIPPED, speech_of
from forensics.report.language.both import Both
from forensics.report.language.speech import ENGLISH
from forensics.report.pdf.content import document, draft_of
from forensics.report.profiles import COURT, ECHR, PROFILES, WHOLE, Profile, profile_of
from forensics.report.rules import RULES
from forensics.report.texts import TEXTS
from tests.conftest import Tally
from tests.pipeline import march
from tests.pipeline.latin import Visible
from tests.report import invented, views
from tests.report.test_browser import CHROMIUM, look
from tests.report.views import ENCLOSED

EVERY = pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))
BROWSER = pytest.mark.skipif(not CHROMIUM, reason="needs Chromium (Debian: apt-get install chromium)")
IN_SUMMARY, TOLD = '<li><(?:a|span) class="id"[^>]*><bdi>(F-[0-9]+)', '<article class="finding" id="(F-[0-9]+)"'
PRINT = """
import sys
from playwright.sync_api import sync_playwright
chromium, page, out = sys.argv[1:]
with sync_playwright() as player:
    browser = player.chromium.launch(executable_path=chromium, args=["--headless", "--no-sandbox", "--disable-gpu"])
    shown = browser.new_page()
    shown.goto("file://" + page)
    shown.pdf(path=out, prefer_css_page_size=True)
    browser.close()
"""


def html_of(profile: Profile, **changes: Any) -> str:
    view = dataclasses.replace(views.rich(), **changes)
    return render_html(view, ENGLISH, profile, (ENCLOSED,)).decode()


def words_of(html: str) -> str:
    return " ".join(Visible(html).texts)


def blocks(made: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    for block in made:
        yield block
        for column in block.get("columns", []):
            yield from blocks(column)


@EVERY
def test_the_page_has_the_sections_of_the_pdf_in_their_order(profile: Profile) -> None:
    made = document(draft_of(views.rich(), (ENCLOSED,), profile, ENGLISH))
    printed = [block["id"] for block in made["blocks"] if block["t"] == "section"]
    assert re.findall(r'<h2 id="([a-z]+)">', html_of(profile)) == printed == list(profile.sections)


@EVERY
def test_page_pdf_and_json_have_the_same_finding_ids(profile: Profile, tmp_path: Path) -> None:
    case = march.run(tmp_path).case.path
    out = tmp_path / "page.html"
    assert cli.run(["report", str(case), "--profile", profile.name, "--output", str(out)]) == 0
    html, held = out.read_text(encoding="utf-8"), json.loads((case / "findings.json").read_bytes())
    ids = [item["id"] for item in held["findings"]]
    shown = view_again(CaseFolder.open(case))
    printed = list(blocks(document(draft_of(shown, (), profile, ENGLISH))["blocks"]))
    assert (
        re.findall(IN_SUMMARY, html)
        == [block["id"] for block in printed if block["t"] == "entry"]
        == ids[: profile.short]
    )
    told = [block["mark"] for block in printed if block["t"] == "finding"]
    assert re.findall(TOLD, html) == told == (ids[: profile.findings] if "findings" in profile.sections else [])


def test_a_page_of_a_profile_is_recorded_with_it_and_replayed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = march.run(tmp_path).case.path
    key = str(march.key_file(tmp_path))
    with march.clock():
        assert cli.run(["report", str(case), "--profile", "one-page", "--key", key]) == 0
    assert capsys.readouterr().out.split() == [str(case / "report.html")]
    act = [item.act for item in read_records(case) if item.act.action == "report.render"][-1]
    assert act.subject["profile"] == "onepage"
    data = (case / "report.html").read_bytes()
    assert act.subject["sha256"] == hashlib.sha256(data).hexdigest()
    assert TEXTS["pdf.profile.onepage"].encode() in data
    assert replay(case).same
    with march.clock():
        assert cli.run(["report", str(case), "--profile", "court", "--key", key]) == 0
    digest = hashlib.sha256((case / "sessions.jsonl").read_bytes()).hexdigest()
    assert digest in (case / "report.html").read_text(encoding="utf-8"), "the files that go with it are named"
    assert replay(case).same


def test_no_profile_is_the_whole_page_and_another_name_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (profile_of("", "html"), profile_of("", "pdf")) == (WHOLE, COURT)
    assert render_html(views.rich()) == render_html(views.rich(), ENGLISH, WHOLE, (ENCLOSED,))
    for form in ("html", "pdf"):
        assert profile_of("one-page", form) is profile_of("onepage", form)
        with pytest.raises(UsageError, match="no such profile"):
            profile_of("king", form)
    assert cli.run(["report", str(tmp_path), "--profile", "king"]) == 2
    assert "onepage, police, court, echr, technical" in capsys.readouterr().err


def test_what_only_the_owner_did_is_left_out_and_said_so() -> None:
    owner, foreign = (
        [item.id for item in views.rich().sessions if (str(item.role) == "owner") is own] for own in (True, False)
    )
    assert owner
    assert foreign
    whole, court = words_of(html_of(WHOLE)), words_of(html_of(COURT))
    assert [name for name in (*owner, *foreign) if name not in whole] == []
    assert [name for name in owner if name in court] == []
    assert [name for name in foreign if name not in court] == []
    assert TEXTS["left.sessions"] in court
    assert TEXTS["left.addresses"] in court
    assert f"Shown: {len(foreign)} of {len(owner) + len(foreign)}." in court


def test_no_foreign_session_is_cut_because_many_of_the_owner_came_before() -> None:
    sessions = views.rich().sessions
    owner = next(item for item in sessions if str(item.role) == "owner")
    last = next(item for item in sessions if str(item.role) == "unexplained")
    many = [dataclasses.replace(owner, id=f"O-{n}", first=owner.first, last=owner.last) for n in range(600)]
    late = dataclasses.replace(
        last, id="U-LAST", first=last.first.replace(year=2030), last=last.last.replace(year=2030)
    )
    view = dataclasses.replace(views.rich(), sessions=(*many, late))
    assert [row[0] for row in page.build(view, ENGLISH, COURT).sessions.rows] == ["U-LAST"]


def test_what_is_cut_is_counted_where_it_is_cut() -> None:
    shallow = dataclasses.replace(PROFILES["police"], findings=2, basis=1, rows=1, short=3)
    html = words_of(html_of(shallow))
    count = len(views.rich().findings)
    assert f"Shown: 2 of {count}. All are in the case folder: findings.json." in html
    assert "Shown: 1 of the " in html
    assert f"Shown: 1 of {len(views.rich().key_steps)}." in html
    assert f"Shown: 1 of {len(views.rich().exhibits)}." in html


def test_the_facts_stand_alone_with_strength_and_caution() -> None:
    lines = page.build(views.rich(), ENGLISH, ECHR).facts
    found = views.rich().findings
    assert len(lines) == len(found) + 2
    for line, finding in zip(lines[1:-1], found, strict=True):
        assert line.endswith(f"[{finding.id}]")
        assert (TEXTS["strength.not_posterior"] in line) is (finding.strength is not None)
        assert (finding.strength is None) or finding.strength.words in line
    assert lines[-1] == TEXTS["facts.close"]
    html = html_of(ECHR)
    assert html.count(
        "<li>", html.index('<ol class="facts">'), html.index("</ol>", html.index('<ol class="facts">'))
    ) == len(lines)
    assert page.build(views.empty(), ENGLISH, ECHR).facts == (TEXTS["summary.none"], TEXTS["facts.close"])


def test_every_rule_leads_to_a_section_of_the_court_profile_and_nothing_is_declared_for_anybody() -> None:
    assert {key for item in RULES for key in item.sections} <= set(COURT.sections)
    assert [item.rule for item in RULES if not item.sections and not item.person] == []
    assert [f"CrimPR 19.4({letter})" for letter in "abcdefghijk"] == [item.rule for item in RULES[:11]]
    html = html_of(COURT)
    table = html[html.index('<h2 id="rules">') : html.index('<h2 id="custody">')]
    assert all(item.rule in table and str(item.asks).replace("'", "&#39;") in table for item in RULES)
    assert table.count(TEXTS["rules.person"]) == sum(item.person for item in RULES)
    assert html.count("<dd></dd>") == 4, "name, role, place and hand are left empty"


@EVERY
def test_hostile_and_empty_views_are_whole_in_every_profile(profile: Profile, tally: Tally) -> None:
    for view in (views.empty(), *(views.hostile(which) for which in range(len(views.HOSTILE)))):
        html = render_html(view, ENGLISH, profile).decode()
        assert re.findall(r'<h2 id="([a-z]+)">', html) == list(profile.sections)
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]", html)
        assert "https://evil" not in html
    places = len(list(views.texts_of(views.hostile())))
    tally(f"hostile strings in a page, profile {profile.name}", strings=len(views.HOSTILE), places=places)


@pytest.mark.parametrize("name", [*SHIPPED[1:], "az,en"])
def test_hostile_texts_are_harmless_in_every_language(name: str, tally: Tally) -> None:
    speech = speech_of(name)
    for profile in (WHOLE, ECHR, COURT):
        html = render_html(views.hostile(), speech, profile).decode()
        assert "window.pwned=1" in html
        assert "<script>window" not in html
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066\u2067\ufeff]", html)
        assert "https://evil" not in html
    places = len(list(views.texts_of(views.hostile())))
    tally(f"hostile strings in pages, language {name}", strings=len(views.HOSTILE), places=places, profiles=3)


@BROWSER
@EVERY
def test_a_browser_shows_every_profile_whole_without_scripts_and_asks_nobody(profile: Profile, tmp_path: Path) -> None:
    wanted = [finding.id for finding in views.rich().findings] if "findings" in profile.sections else []
    for script, media, width in (("off", "light", 1280), ("on", "dark", 360)):
        seen = look(tmp_path, html_of(profile).encode(), script=script, media=media, width=width)
        assert (seen["shown"], seen["wide"], seen["console"]) == (wanted, 0, [])
        assert seen["requests"] == [seen["url"]]
        assert TEXTS[f"pdf.profile.{profile.name}"] in seen["text"]
        assert all(TEXTS["files" if key == "attached" else key] in seen["text"] for key in profile.sections)


@BROWSER
def test_one_page_is_printed_on_one_page(tmp_path: Path) -> None:
    pikepdf = pytest.importorskip("pikepdf", reason="needs pikepdf")
    arabic = invented.speech(tmp_path, invented.ARABIC)
    source, printed = tmp_path / "page.html", tmp_path / "page.pdf"
    for view, speech in ((views.rich(), ENGLISH), (views.rich(), arabic), (views.empty(), Both(ENGLISH, arabic))):
        source.write_bytes(render_html(view, speech, PROFILES["onepage"]))
        done = subprocess.run(
            [sys.executable, "-c", PRINT, CHROMIUM, str(source), str(printed)],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        with pikepdf.open(printed) as held:
            assert len(held.pages) == 1
