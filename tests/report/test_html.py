"""The page: complete, harmless, enclosed, the same bytes every time."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from forensics.model import Coverage, MemberCoverage
from forensics.report import render_html
from forensics.report.enclosed import ATTRIBUTES, ELEMENTS
from forensics.report.texts import TEXTS
from forensics.report.view import CaseView
from tests.conftest import Tally
from tests.report import views

SECTIONS = (
    "summary",
    "materials",
    "findings",
    "timeline",
    "sessions",
    "addresses",
    "infrastructure",
    "coverage",
    "sources",
    "limits",
    "custody",
    "verify",
    "glossary",
)


class Text(HTMLParser):
    """Collects what a reader sees, element names, attributes and anchors."""

    def __init__(self, html: bytes) -> None:
        """Read a page."""
        super().__init__()
        self.seen: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self._quiet = ""
        self.feed(html.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element and its attributes."""
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self._quiet = tag if tag in {"style", "script"} else self._quiet

    def handle_endtag(self, tag: str) -> None:
        """Leave a style or script."""
        self._quiet = "" if tag == self._quiet else self._quiet

    def handle_data(self, data: str) -> None:
        """Note what a reader sees."""
        if not self._quiet:
            self.seen.append(data)

    @property
    def words(self) -> str:
        """The visible text with single spaces."""
        return " ".join("".join(self.seen).split())


def every_view() -> list[tuple[str, CaseView]]:
    made = [
        ("rich", views.rich()),
        ("empty", views.empty()),
        ("logs only", views.logs_only()),
        ("huge", views.huge(3000)),
    ]
    return made + [(f"hostile {n}", views.hostile(n)) for n in range(len(views.HOSTILE))]


@pytest.mark.parametrize(("name", "view"), every_view(), ids=lambda value: value if isinstance(value, str) else "")
def test_every_section_is_on_every_page_in_order(name: str, view: CaseView) -> None:
    html = render_html(view).decode()
    places = [html.index(f'<h2 id="{section}">') for section in SECTIONS]
    assert places == sorted(places), name


def test_the_rich_page_says_everything_that_the_view_holds() -> None:
    view = views.rich()
    page = Text(render_html(view)).words
    for finding in view.findings[:5]:
        assert finding.statement in page
        assert finding.challenge in page
        assert all(text in page for text in finding.alternatives)
    for exhibit in view.exhibits:
        assert exhibit.exhibit.sha256 in page
    for session in view.sessions:
        assert all(reason in page for reason in session.reasons)
    assert view.checkpoint is not None
    assert all(line in page for line in view.checkpoint.note.split())
    said = (
        "1,200 (range 470 to 2,200)",
        "27: moderate support",
        "2.67368 \N{MULTIPLICATION SIGN} 10⁻⁵",
        "AS64497 Sample State Network",
        "Licence",
        "CC0-1.0",
    )
    assert [text for text in said if text not in page] == []
    assert "Latest snapshot (2026-09-16): AS64511 Sample Security Service" in page
    assert "Not valid for 2020-03-11." in page
    assert "the same country only: no match" in page
    assert "198.51.100.21" in page
    assert views.SCALE_CITATION in page


def test_a_disputed_holder_is_not_a_headline() -> None:
    html = render_html(views.rich()).decode()
    headline = re.search(r"<strong><bdi>(Not settled[^<]*)", html)
    assert headline is not None
    assert headline[1] == "Not settled: AS64505 or AS64500 (for 2020-03-11)"


def test_hostile_texts_become_no_markup(tally: Tally) -> None:
    for n in range(len(views.HOSTILE)):
        raw = render_html(views.hostile(n))
        page = Text(raw)
        assert set(page.tags) <= ELEMENTS
        assert {name for name, _ in page.attributes} <= ATTRIBUTES
        assert page.tags.count("script") == 1
        html = raw.decode()
        assert "{{7*7}}" in html
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]", html)
        assert "https://evil" not in html
        assert "hxxps://evil[.]example" in html
        assert "⟨U+202E⟩gnp.exe" in html
        assert "x" * 4001 not in html
    strings, places = len(views.HOSTILE), len(list(views.texts_of(views.hostile())))
    tally("hostile strings in a page", strings=strings, places=places, pages=strings)


def test_the_hostile_view_reaches_every_text_of_the_view() -> None:
    found = list(views.texts_of(views.hostile()))
    assert set(found) == set(views.HOSTILE)
    assert len(found) == len(list(views.texts_of(views.rich()))) > 300


def test_the_same_view_gives_the_same_bytes_under_another_hash_seed() -> None:
    script = (
        "import hashlib; from tests.report import views; from forensics.report import "
        "render_html; "
        "print([hashlib.sha256(render_html(v)).hexdigest() for v in (views.rich(), "
        "views.hostile(3))])"
    )
    root = Path(__file__).parents[2]
    runs = [
        subprocess.run(
            [sys.executable, "-c", script],
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C"},
        ).stdout
        for seed, zone in (("1", "UTC"), ("77", "Asia/Tokyo"))
    ]
    expected = [hashlib.sha256(render_html(view)).hexdigest() for view in (views.rich(), views.hostile(3))]
    assert runs == [f"{expected}\n"] * 2


def test_the_policy_allows_this_style_and_this_script_and_nothing_else() -> None:
    html = render_html(views.rich()).decode()
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    assert policy is not None
    rules = dict(rule.split(" ", 1) for rule in policy[1].replace("&#39;", "'").split("; "))

    def hashed(tag: str) -> str:
        body = html.split(f"<{tag}>")[1].split(f"</{tag}>")[0]
        return f"'sha256-{base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()}'"

    assert rules == {
        "default-src": "'none'",
        "style-src": hashed("style"),
        "script-src": hashed("script"),
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert '<meta name="referrer" content="no-referrer">' in html


def test_a_long_table_is_cut_and_says_where_the_rest_is() -> None:
    raw = render_html(views.huge())
    page = Text(raw).words
    assert ("Shown: 500 of 100,000. All are in the case folder: forensics addresses CASE --format csv.") in page
    assert "Shown: 20 of the 1,000 places listed for this finding." in page
    assert len(raw) < 2_000_000
    told = dataclasses.replace(views.rich(), addresses_total=70_000, sessions_total=9_000)
    said = Text(render_html(told)).words
    assert "Shown: 4 of 70,000." in said
    assert "Shown: 7 of 9,000." in said
    assert TEXTS["figure.unexplained"] not in said


def test_an_empty_case_says_none_rather_than_nothing() -> None:
    page = Text(render_html(views.empty())).words
    keys = (
        "summary.none",
        "materials.none",
        "materials.no_owner",
        "timeline.none",
        "sessions.none",
        "addresses.none",
        "infrastructure.none",
        "infrastructure.b.none",
        "coverage.none",
        "sources.none",
        "sources.registries.none",
        "limits.none",
        "custody.none",
    )
    assert [key for key in keys if TEXTS[key] not in page] == []
    assert TEXTS["sample"] not in page


def test_a_ledger_that_does_not_add_up_is_shouted() -> None:
    member = MemberCoverage(
        exhibit="0" * 64, name="a", member="", size=1, format="", status="read", rows=9, events=3, rejections=2
    )
    page = render_html(dataclasses.replace(views.empty(), coverage=Coverage(files=1, members=(member,)))).decode()
    assert "This does not add up" in page
    assert TEXTS["coverage.unlisted"] in page
    assert "This does not add up" not in render_html(views.rich()).decode()


def test_without_a_graded_statement_no_organisation_is_attributed() -> None:
    view = views.rich()
    record = view.records[0]
    weak = dataclasses.replace(record, link_b=(dataclasses.replace(record.link_b[0], grade="D2"),))
    assert TEXTS["infrastructure.b.lead"] in render_html(view).decode()
    page = render_html(dataclasses.replace(view, records=(weak,))).decode()
    assert page.count(TEXTS["infrastructure.b.weak"]) == 2
    assert TEXTS["infrastructure.b.none"] in render_html(dataclasses.replace(view, records=())).decode()


def test_findings_that_share_an_id_or_have_a_strange_one_keep_an_anchor_of_their_own() -> None:
    first = views.rich().findings[0]
    twins = (first, first, dataclasses.replace(first, id="finding-1"), dataclasses.replace(first, id="#\" onclick='x'"))
    html = render_html(dataclasses.replace(views.rich(), findings=twins)).decode()
    assert re.findall(r'<article class="finding" id="([^"]*)"', html) == ["F-1", "finding-2", "finding-3", "finding-4"]


def test_a_derivation_that_a_finding_carries_is_printed_once_and_whole() -> None:
    finding = dataclasses.replace(
        views.rich().findings[4],
        facts={
            "address": "203.0.113.45",
            "derivation": {"q_exact": 0.25, "n": 2},
            "b": {"e": None},
            "steps": [{"tabular": 1}],
            "empty": [],
        },
    )
    page = Text(render_html(dataclasses.replace(views.rich(), findings=(finding,)))).words
    assert page.count("q_exact0.25") == 1
    assert "be: unknown" in page
    assert "tabular" not in page, "tables have sections of their own"
    assert "empty" not in page.split("Values used")[1].split("Derivation")[0]
    assert "Derivation for" not in page
