"""Letters: what they ask, whom they never name, and that no text of the evidence can do harm in them."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pytest

from forensics.model import Action, Precision, ZoneBasis
from forensics.report.action_words import ACTION_WORDS
from forensics.report.document import Blank, Document, Grid, Heading, Items, Literal, Paragraph, as_html, as_text
from forensics.report.language import speech_in
from forensics.report.lead import Lead, Moment, resolver_words
from forensics.report.letter import LetterCase, Token, letters
from forensics.report.neutral import readable
from forensics.report.pdf.render import render_short
from forensics.report.view import CaseView
from tests.conftest import Tally
from tests.report.views import texts_of

AT = datetime(2020, 3, 11, 0, 43, 10, tzinfo=UTC)
HOSTILE = "\x1b[2J\u202e<script>alert(1)</script> https://evil.example/ " + "A" * 10_000


def moment(**changes: object) -> Moment:
    made = Moment(
        at=AT, until=None, provider="google", account="canary-account", action=Action.LOGIN, port=None,
        precision=Precision.SECOND, zone=ZoneBasis.EXPLICIT, exhibit="0" * 64, member="canary-member", place="line:1",
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def case(*moments: Moment, address: str = "203.0.113.45") -> LetterCase:
    view = CaseView(case_id="canary-case", reference="canary-reference", examiner="canary-examiner", tlp="AMBER")
    return LetterCase(view=view, leads=(Lead(address=address, moments=moments, total=len(moments), contexts=()),))


def test_every_kind_of_letter_is_there_and_every_action_has_words() -> None:
    assert sorted(letters()) == ["isp", "platform", "police", "tsa"]
    assert set(ACTION_WORDS) == set(Action)


def test_a_letter_to_a_network_holds_no_canary_of_the_case(tally: Tally) -> None:
    told = case(moment())
    (letter,) = letters()["isp"].write(told)
    tally("canaries in a letter to a network", canaries=sum("canary" in text for text in texts_of(told)), forms=2)
    for form in (as_text(letter), as_html(letter).decode()):
        assert "canary" not in form
        assert "203.0.113.45" in form
        assert "2020-03-11 00:43:10" in form


def test_a_letter_to_a_platform_names_only_its_own_accounts() -> None:
    told = case(moment(), moment(provider="telegram", account="other-account"))
    google, telegram = letters()["platform"].write(told)
    assert "canary-account" in as_text(google)
    assert "other-account" not in as_text(google)
    assert "canary-account" not in as_text(telegram)


def test_the_annex_for_the_police_fills_the_fields_of_a_preservation_request() -> None:
    (annex,) = letters()["police"].write(case(moment(port=50_123)))
    labels = [block.label for block in annex.blocks if isinstance(block, Blank)]
    assert [label[:3] for label in labels if label.startswith("(")] == [
        "(a)", "(b)", "(b)", "(c)", "(c)", "(d)", "(d)", "(e)", "(f)",
    ]  # fmt: skip
    text = as_text(annex)
    assert "50123" in text
    assert "Article 29" in text
    assert "TLP:AMBER" in text
    assert "Authority that asks: ____" in text, "what only the authority knows stays blank"


def test_a_shared_address_without_port_is_told_as_what_it_is() -> None:
    lead = case(moment()).leads[0]
    assert any("0 of 1" in line for line in resolver_words(lead))
    six = replace(lead, address="2001:db8::1")
    assert any("IPv6" in line for line in resolver_words(six))


def test_tokens_are_confirmed_and_without_tokens_one_is_asked_for() -> None:
    told = case(moment())
    (ask,) = letters()["tsa"].write(replace(told, checkpoint_sha256="ab" * 32))
    assert "ab" * 32 in as_text(ask)
    token = Token(file="timestamps/17/a.tsr", sha256="cd" * 32, time="2020-03-12 00:00:00+00:00", serial="1f")
    (confirm,) = letters()["tsa"].write(replace(told, tokens=(token,)))
    assert "cd" * 32 in as_text(confirm)
    assert "canary" not in as_text(ask) + as_text(confirm)


@pytest.mark.parametrize("kind", ["isp", "platform", "police"])
def test_hostile_text_does_nothing_in_a_letter(kind: str, tally: Tally, tmp_path: Path) -> None:
    told = case(moment(provider=HOSTILE, account=HOSTILE))
    tally(f"hostile strings in a letter to {kind}", places=sum(text == HOSTILE for text in texts_of(told)), forms=3)
    for letter in letters()[kind].write(told):
        page = as_html(letter).decode()
        assert "<script>" not in page
        path = tmp_path / "letter.pdf"
        path.write_bytes(render_short(letter))
        with pikepdf.open(path) as held:
            assert not [note for one in held.pages for note in one.get("/Annots", []) if "/URI" in note.get("/A", {})]
        printed = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, check=True).stdout.decode()
        for form in (page, as_text(letter), printed):
            assert "\x1b" not in form
            assert "\u202e" not in form
            assert "https://evil" not in form
            assert "A" * 5_000 not in form


def test_a_document_is_text_and_an_enclosed_page() -> None:
    document = Document(
        name="x",
        title="Title",
        blocks=(
            Paragraph(text="aside", aside=True),
            Items(items=("one", "two"), numbered=True),
            Grid(heads=("a", "b"), rows=(("1", "2"),)),
            Blank(label="To"),
            Literal(text="first\nsecond\n"),
        ),
    )
    text = as_text(document, str.upper)
    assert text.splitlines()[:2] == ["TITLE", "====="]
    assert "[ ASIDE ]" in text
    assert "2. TWO" in text
    assert "    first\n    second\n" in text
    page = as_html(document, str.upper, "ar", "rtl").decode()
    assert '<html lang="ar" dir="rtl">' in page
    assert "<pre>first\nsecond\n</pre>" in page
    assert "<script" not in page


def test_a_document_is_a_pdf_as_well(tmp_path: Path) -> None:
    held = case(moment(port=50_123))
    for kind in ("isp", "platform", "police", "tsa"):
        for letter in letters()[kind].write(held):
            path = tmp_path / f"{letter.name}.pdf"
            path.write_bytes(render_short(letter))
            assert render_short(letter) == path.read_bytes()
            printed = subprocess.run(
                ["pdftotext", "-raw", str(path), "-"], capture_output=True, check=True
            ).stdout.decode()
            squeezed = "".join(printed.split())
            assert "".join(letter.title.split()) in squeezed
            for block in letter.blocks:
                if isinstance(block, Paragraph | Heading):
                    assert "".join(readable(block.text).split()) in squeezed
            with pikepdf.open(path) as opened:
                assert b"pdfaid:conformance" in opened.Root.Metadata.read_bytes()


def test_a_letter_from_right_to_left_is_a_pdf(tmp_path: Path) -> None:
    (letter,) = letters()["isp"].write(case(moment()))
    path = tmp_path / "isp.pdf"
    path.write_bytes(render_short(letter, speech_in("ar")))
    with pikepdf.open(path) as opened:
        assert str(opened.Root.Lang) == "ar"
    printed = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, check=True).stdout.decode()
    assert "203.0.113.45" in printed
    assert any("\u0600" <= char <= "\u06ff" for char in printed)
