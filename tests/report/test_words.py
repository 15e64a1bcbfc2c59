"""The words: harmless, plain, complete, and never more than the findings carry."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.attribution.wording import forbidden
from forensics.model import FINDING_KINDS, ContextStatus, Role, Strength
from forensics.report import neutral, passages, phrases, render_html, texts
from tests.report import views

FOLDER = Path(texts.__file__).parent
FIXED = (
    passages.NOT_SHOWN,
    passages.NEXT_STEPS,
    tuple(said for *_, said in passages.GLOSSARY),
)
EVERY_TEXT = [*texts.TEXTS.values(), *(said for passage in FIXED for said in passage)]


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.characters(codec=None)))
def test_nothing_invisible_is_left_and_nothing_visible_is_changed(text: str) -> None:
    shown = neutral.visible(text)
    assert not [c for c in shown if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}]
    shown.encode("utf-8")
    plain = "".join(c for c in text if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp", "Mn", "Me"})
    assert neutral.visible(plain) == plain


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60), st.sampled_from(["http://", "HTTPS://", "hTTp://", "ftp://", "ftps://"]))
def test_no_web_address_survives(text: str, scheme: str) -> None:
    assert not re.search(r"(?i)\b(https?|ftps?)://", neutral.defang(f"{text} {scheme}a.example/{text}"))


def test_defanged_addresses_stay_readable() -> None:
    assert (
        neutral.defang("see https://a.b.example/p.q?r=s.t, http://x")
        == "see hxxps://a[.]b[.]example/p.q?r=s.t, hxxp://x"
    )
    assert neutral.defang("ftp://files.example") == "fxp://files.example"


def test_what_is_cut_is_counted() -> None:
    assert neutral.clip("x" * 10, 10) == "x" * 10
    assert neutral.clip("x" * 10_011, 10) == "xxxxxxxxxx… [+10,001]"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (1215, "1,200"),
        (465, "460"),
        (2170, "2,200"),
        (13, "13"),
        (3.3, "3.3"),
        (1, "1"),
        (0.44, "0.44"),
        (9.96, "10"),
        (10_000, "10,000"),
        (0.001234, "0.0012"),
        (float("inf"), "unknown"),
        (float("nan"), "unknown"),
        (0, "0"),
        (1e-7, "1e-07"),
    ],
)
def test_ratios_have_the_precision_they_deserve(value: float, said: str) -> None:
    assert phrases.ratio(value) == said


def test_a_ratio_is_read_in_the_right_direction() -> None:
    def said(lr: float) -> str:
        return phrases.reading(Strength(lr_low=lr, lr=lr, lr_high=lr, words="", against=""))

    assert said(1215) == (
        "The findings are about 1,200 times as probable under the proposition as under the alternative."
    )
    assert said(0.01) == ("Under the alternative, the findings are 100 times as probable as under the proposition.")
    assert said(1.0) == said(float("nan")) == texts.TEXTS["strength.reading.even"]


def test_gaps_are_signed_in_words() -> None:
    assert [phrases.gap(days) for days in (-10, -1, 0, 1, 2380, None)] == [
        "10 days before the event",
        "1 day before the event",
        "the day of the event",
        "1 day after the event",
        "2,380 days after the event",
        "distance to the event unknown",
    ]


def test_times_keep_their_fractions_and_zones_say_their_offset() -> None:
    moment = datetime(2020, 3, 11, 0, 43, 10, 120_000, tzinfo=UTC)
    assert phrases.when(moment) == "2020-03-11 00:43:10.12"
    assert phrases.local(moment, phrases.zone_of("Asia/Kolkata")) == "2020-03-11 06:13:10.12 (UTC+05:30)"
    assert phrases.local(datetime.max.replace(tzinfo=UTC), phrases.zone_of("Asia/Tokyo")).startswith(
        "9999-12-31 23:59:59"
    )
    assert phrases.zone_of("No/Such") is phrases.zone_of("../etc/passwd") is phrases.zone_of("") is None


@pytest.mark.parametrize("said", EVERY_TEXT)
def test_our_texts_are_plain_short_and_claim_nothing_about_persons(said: str) -> None:
    assert forbidden(said) == ()
    for sentence in re.split(r"(?<=[.:;?])\s", said):
        assert len(sentence.split()) <= 22, sentence


def test_the_rich_page_holds_no_forbidden_phrase() -> None:
    page = render_html(views.rich()).decode()
    assert forbidden(page) == ()


def test_every_closed_vocabulary_has_its_words() -> None:
    keys = (
        [f"kind.{kind}" for kind in FINDING_KINDS]
        + [f"status.{status}" for status in ContextStatus]
        + [f"role.{role}" for role in Role]
    )
    assert [key for key in keys if key not in texts.TEXTS] == []


def test_no_text_is_dead() -> None:
    used = "".join(
        path.read_text(encoding="utf-8")
        for path in sorted(FOLDER.rglob("*"))
        if path.suffix in {".py", ".j2"} and not path.name.endswith("texts.py")
    )
    families = (
        "kind.",
        "status.",
        "role.",
        "ring.",
        "window.",
        "member.",
        "flag.",
        "col.",
        "meta.",
        "figure.",
        "context.said.",
        "day.",
        "pdf.file.",
        "pdf.profile.",
        "pdf.signature.",
    )
    names = {re.sub(r"\.(one|other)$", "", key) for key in texts.TEXTS}
    assert [
        name
        for name in sorted(names)
        if not re.search(f"[\"']{re.escape(name)}[\"']", used) and not name.startswith(families)
    ] == []
    columns = {name.removeprefix("col.") for name in names if name.startswith("col.")}
    assert [name for name in sorted(columns) if f'"{name}"' not in used and f'"col.{name}"' not in used] == []
