"""Reports and letters in other languages: nothing of ours is left in English, and what is quoted stays as it was found."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from forensics import cli
from forensics.case import CaseFolder
from forensics.chain_of_custody import verify_case
from forensics.pipeline import letters as sending
from forensics.pipeline import rendering, sealing
from forensics.pipeline.enclosing import enclosures
from forensics.pipeline.printing import pdf_of
from forensics.pipeline.rendering import page_of
from forensics.pipeline.replay import replay
from forensics.pipeline.sealed_view import view_again
from forensics.report import language, render_html
from forensics.report.document import Document, as_html, as_text
from forensics.report.language import SHIPPED, speech_in
from forensics.report.language.both import Both
from forensics.report.language.speech import ENGLISH, Speech
from forensics.report.language.translator import END, ISOLATE, Translator
from forensics.report.letter import LetterCase, Token, letters
from forensics.report.pdf.content import document, draft_of
from forensics.report.profiles import PROFILES, WHOLE, Profile
from forensics.report.view import CaseView
from forensics.sentence import Recorded
from tests.pipeline import march, told
from tests.pipeline.latin import Visible, leaks, quotations, texts_of
from tests.report import invented

TOKEN = Token(file="a.tsr", sha256="0" * 64, time="2020-03-12 00:00:00+00:00", serial="1f")


@dataclass(frozen=True)
class Sample:
    """The March case, what a report of it shows, and what it may quote."""

    case: Path
    view: CaseView
    quoted: str


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    folder = tmp_path_factory.mktemp("march")
    march.run(folder)
    view = view_again(CaseFolder.open(folder / "case"))
    return Sample(folder / "case", view, quotations(folder / "case", view))


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Translator:
    return invented.speech(tmp_path_factory.mktemp("locale"), invented.GEORGIAN)


def letters_of(view: CaseView) -> Iterator[tuple[str, Document]]:
    told = LetterCase(view=view, leads=view.leads, checkpoint_sha256="0" * 64)
    for name, kind in letters().items():
        for case in (told, replace(told, tokens=(TOKEN,))):
            for item in kind.write(case):
                yield name, item


def printed(sample: Sample, profile: str, speech: Speech) -> Iterator[str]:
    """Yield every text of a PDF: of its document, and of its pictures."""
    draft = draft_of(sample.view, enclosures(sample.view, sample.case), PROFILES[profile], speech)
    yield from texts_of(document(draft))
    for drawing in draft.pictures.values():
        yield from Visible(drawing).texts


# --- nothing of ours is left in English -------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", [WHOLE, *PROFILES.values()], ids=lambda profile: profile.name or "whole")
def test_every_text_of_the_page_passed_the_door(sample: Sample, foreign: Translator, profile: Profile) -> None:
    page = Visible(page_of(sample.view, sample.case, profile, foreign).decode())
    assert len(page.texts) > (2_000 if profile is WHOLE else 40)
    assert leaks(page.texts, sample.quoted) == []
    assert dict(foreign.missing) == {}


@pytest.mark.parametrize("name", ["servers", "false-alarm", "neighbour"])
def test_other_cases_say_other_things_and_none_of_them_leaks(tmp_path: Path, foreign: Translator, name: str) -> None:
    case = told.sample(name, tmp_path).case
    view = view_again(case)
    page = Visible(render_html(view, foreign).decode())
    assert leaks(page.texts, quotations(case.path, view)) == []
    assert dict(foreign.missing) == {}


def test_a_rule_from_the_tables_is_said_and_a_rule_of_the_user_quoted(foreign: Translator) -> None:
    ours = (
        "repeated header line",
        "messages of cron that say nothing about access",
        'the provider says "no data" (no-data.txt)',
    )
    assert [foreign.say(Recorded(text)) for text in ours] == [
        invented.georgian("repeated header line"),
        f"{invented.georgian('messages of')} cron {invented.georgian('that say nothing about access')}",
        invented.georgian('the provider says "no data" (no-data.txt)'),
    ]
    for text in ("my own rule {x}", "", "of", "{n}"):
        assert foreign.say(Recorded(text)) == text


@pytest.mark.parametrize("profile", PROFILES)
def test_every_text_of_the_pdf_passed_the_door(sample: Sample, foreign: Translator, profile: str) -> None:
    texts = list(printed(sample, profile, foreign))
    assert len(texts) > 30
    assert leaks(texts, sample.quoted) == []
    assert dict(foreign.missing) == {}


def test_every_text_of_the_letters_passed_the_door(sample: Sample, foreign: Translator) -> None:
    found, seen = [], set()
    for name, item in letters_of(sample.view):
        seen.add(name)
        found += leaks(as_text(item, foreign.say).splitlines(), sample.quoted)
        found += leaks(Visible(as_html(item, foreign.say, "ka", "ltr").decode()).texts, sample.quoted)
    assert found == []
    assert seen == set(letters())
    assert dict(foreign.missing) == {}


def test_a_leak_would_be_seen(sample: Sample, foreign: Translator) -> None:
    said = "An English sentence of ours that passed no door."
    page = Visible(render_html(replace(sample.view, limits=(said,)), foreign).decode())
    assert [said[:-1] in leak for leak in leaks(page.texts, sample.quoted)] == [True]


def test_a_string_without_translation_is_counted(sample: Sample, tmp_path: Path) -> None:
    path = invented.write(tmp_path, invented.GEORGIAN)
    held = path.read_text(encoding="utf-8")
    path.write_text(held.replace(f'msgstr "{invented.georgian("Summary")}"', 'msgstr ""'), encoding="utf-8")
    lacking = Translator(language.catalogue.read(path, invented.GEORGIAN))
    render_html(sample.view, lacking)
    assert set(lacking.missing) == {"Summary"}


@pytest.mark.parametrize("name", SHIPPED)
def test_nothing_is_missing_in_a_language_that_is_offered(sample: Sample, name: str) -> None:
    speech = speech_in(name)
    page = render_html(sample.view, speech).decode()
    assert f'<html lang="{name}" dir="{speech.direction}">' in page
    for profile in PROFILES:
        assert any(printed(sample, profile, speech))
        assert page_of(sample.view, sample.case, PROFILES[profile], speech)
    for _, item in letters_of(sample.view):
        assert as_text(item, speech.say)
    assert dict(getattr(speech, "missing", {})) == {}


# --- English is what it was; quotations are what they were ------------------------------------------------------------


def test_english_is_the_same_bytes_whoever_asks(sample: Sample) -> None:
    assert render_html(sample.view) == render_html(sample.view, speech_in("en"))
    assert (sample.case / "report.html").read_bytes() == render_html(sample.view, ENGLISH)


@pytest.mark.parametrize(
    "quotation",
    ["203.0.113.45", "Feminist kitabxana", "editor.example", "datr:Qx7k", "TLP:AMBER+STRICT", "AS64497", "SR-1-08"],
)
def test_quotations_and_marks_are_not_translated(sample: Sample, foreign: Translator, quotation: str) -> None:
    english, other = (render_html(sample.view, speech).decode() for speech in (ENGLISH, foreign))
    assert other.count(quotation) >= english.count(quotation) > 0


def test_numbers_days_and_plurals_are_those_of_the_language(sample: Sample, foreign: Translator) -> None:
    page = render_html(sample.view, foreign).decode()
    assert "11 მარტი, 2020" in page, "a day in words"
    assert "00:43:10 UTC" in page, "a time in 24 hours with its zone"
    assert "2020-03-11 04:43:10 (UTC+04:00)" in page, (
        "the owner's zone beside UTC, in a form that is the same everywhere"
    )
    assert "2\u00a0268" in page, "separators of the language"
    assert "2,268" not in page


# --- from right to left -----------------------------------------------------------------------------------------------


def test_a_language_that_runs_from_right_to_left_isolates_what_it_quotes(sample: Sample, tmp_path: Path) -> None:
    speech = invented.speech(tmp_path, invented.ARABIC)
    hostile = "\u202eevil\u2069\u2068\u2067x"
    view = replace(sample.view, title=hostile, examiner=hostile)
    page = render_html(view, speech).decode()
    assert '<html lang="ar" dir="rtl">' in page
    assert f"{ISOLATE}203.0.113.45{END}" in page
    shown = Visible(page)
    assert all(_balanced(text) for text in shown.texts)
    assert not {"\u202e", "\u2067"} & set(page), "what evidence says of directions is spelled"
    assert "⟨U+202E⟩evil⟨U+2069⟩⟨U+2068⟩⟨U+2067⟩x" in page
    assert leaks(shown.texts, sample.quoted + " evil u 202e u 2069 u 2068 u 2067") == []
    assert shown.attributes["direction"] == {"ltr"}, "a picture is drawn from left to right in every language"


def test_the_pictures_of_an_arabic_pdf_are_words_and_not_spelled_out(sample: Sample, tmp_path: Path) -> None:
    """A picture that cannot be set is set again with every letter spelled out: legible to nobody."""
    path = tmp_path / "report.pdf"
    path.write_bytes(pdf_of(sample.view, sample.case, PROFILES["court"], speech_in("ar")))
    read = subprocess.run(["pdftotext", path, "-"], check=True, capture_output=True).stdout.decode()
    assert "[U+" not in read


def _balanced(text: str) -> bool:
    depth = 0
    for mark in text:
        depth += (mark == ISOLATE) - (mark == END)
        if depth < 0:
            return False
    return depth == 0 or "…" in text


# --- side by side -----------------------------------------------------------------------------------------------------


def test_two_languages_stand_side_by_side(sample: Sample, foreign: Translator) -> None:
    both = Both(foreign, ENGLISH)
    page = render_html(sample.view, both).decode()
    said = "Who typed. An address belongs to a connection, and several people can share one connection."
    first, second = (
        f'<span lang="ka" dir="ltr">{invented.georgian(said)}</span>',
        f'<span lang="en" dir="ltr">{said}</span>',
    )
    assert f'<span class="both">{first}<span class="or" aria-hidden="true"> / </span>{second}</span>' in page
    for finding in sample.view.findings:
        assert page.count(finding.statement[:40].replace("'", "&#39;")) >= 1, "each statement is there in English"
    assert '<html lang="ka" dir="ltr">' in page
    made = document(draft_of(sample.view, (), PROFILES["court"], both))
    assert made["sides"] == [["ka", "ltr"], ["en", "ltr"]]
    texts = list(texts_of(made))
    assert said in texts
    assert invented.georgian(said) in texts


# --- the commands -----------------------------------------------------------------------------------------------------


@pytest.fixture
def offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Offer the two invented languages, from a folder of catalogues of their own."""
    for name in invented.TURNS:
        invented.write(tmp_path / "locale", name)
    monkeypatch.setattr(language, "LOCALE", tmp_path / "locale")
    monkeypatch.setattr(language, "SHIPPED", ("en", *invented.TURNS))
    speech_in.cache_clear()
    yield
    speech_in.cache_clear()


@pytest.mark.usefixtures("offered")
def test_a_report_in_another_language_is_recorded_beside_the_english_one_and_replayed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    march.run(tmp_path)
    case = tmp_path / "case"
    english = (case / "report.html").read_bytes()
    with march.clock():
        assert cli.run(["report", str(case), "--lang", "ka", "--key", str(march.key_file(tmp_path))]) == 0
        assert cli.run(["report", str(case), "--bilingual", "ka,en", "--key", str(march.key_file(tmp_path))]) == 0
    assert capsys.readouterr().out.split() == [str(case / "report.ka.html"), str(case / "report.ka-en.html")]
    assert (case / "report.html").read_bytes() == english
    assert verify_case(case).ok
    again = replay(case)
    assert again.same
    assert {"report.html", "report.ka.html", "report.ka-en.html"} <= {item.name for item in again.files}


@pytest.mark.usefixtures("offered")
def test_a_case_that_is_judged_again_renders_its_other_languages_again(tmp_path: Path, sample: Sample) -> None:
    march.run(tmp_path)
    case, key = CaseFolder.open(tmp_path / "case"), march.key_file(tmp_path)
    with march.clock():
        assert cli.run(["report", str(case.path), "--lang", "ka", "--key", str(key)]) == 0
        with sealing.Sealer.reopen(case, sealing.signer(key, None)) as sealer:
            rendering.render(sealer, replace(sample.view, title="as judged again"))
    assert "as judged again" in (case.path / "report.html").read_text()
    assert "as judged again" in (case.path / "report.ka.html").read_text()
    assert verify_case(case.path).ok


@pytest.mark.usefixtures("offered")
def test_a_letter_in_another_language_names_it(tmp_path: Path) -> None:
    march.run(tmp_path)
    out = tmp_path / "letters"
    assert cli.run(["letter", str(tmp_path / "case"), "--to", "isp", "--lang", "ka", "--output", str(out)]) == 0
    assert sorted(path.name for path in out.iterdir()) == ["isp-1.ka.txt", "isp-2.ka.txt"]
    assert invented.georgian("Request to preserve records of connections") in (out / "isp-1.ka.txt").read_text()
    made = sending.write_letters(tmp_path / "case", "police", (), "html", speech_in("ar"))
    assert b'<html lang="ar" dir="rtl">' in made["police.ar.html"]


@pytest.mark.usefixtures("offered")
def test_an_edition_in_another_language_hides_as_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORENSICS_HOME", str(tmp_path / "home"))
    march.run(tmp_path)
    out = tmp_path / "public.html"
    words = ["report", str(tmp_path / "case"), "--edition", "public", "--lang", "ka", "--output", str(out)]
    assert cli.run(words) == 0
    page = out.read_text()
    assert [word for word in ("192.0.2.14", "editor.example", "Feminist kitabxana", "SAMPLE-1") if word in page] == []
    assert "203.0.113.45" in page


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--lang", "xx"], "no report is written in 'xx'"),
        (["--lang", "../../etc"], "no report is written in"),
        (["--bilingual", "en"], "two languages stand side by side"),
        (["--bilingual", "en,en"], "two different languages"),
        (["--bilingual", "en,xx"], "no report is written in 'xx'"),
        (["--lang", "en", "--bilingual", "en,fr"], "two languages stand side by side"),
    ],
)
def test_a_language_that_is_not_offered_is_refused(
    sample: Sample, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert cli.run(["report", str(sample.case), *words]) == 2
    assert said in capsys.readouterr().err


# --- the same everywhere ----------------------------------------------------------------------------------------------

_AGAIN = """
import hashlib, sys
from pathlib import Path
from forensics.report import render_html
from forensics.report.language.catalogue import read
from forensics.report.language.both import Both
from forensics.report.language.speech import ENGLISH
from forensics.report.language.translator import Translator
from forensics.report.pdf import render
from tests.report import views
speech = Translator(read(Path(sys.argv[1]), "ar"))
for one in (speech, Both(ENGLISH, speech)):
    print(hashlib.sha256(render_html(views.rich(), one)).hexdigest())
    print(hashlib.sha256(render.render(views.rich(), speech=one)).hexdigest())
"""


def test_another_process_clock_zone_and_locale_make_the_same_bytes(tmp_path: Path) -> None:
    pytest.importorskip("typst", reason="needs the typesetter")
    path = invented.write(tmp_path, invented.ARABIC)
    made = []
    for zone, locale, seed in (("Asia/Baku", "C.UTF-8", "1"), ("America/Lima", "tr_TR.UTF-8", "2")):
        known = {**os.environ, "TZ": zone, "LC_ALL": locale, "LANGUAGE": locale, "PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", _AGAIN, str(path)],
            capture_output=True,
            text=True,
            check=True,
            cwd=march.ROOT,
            env=known,
        )
        made.append(done.stdout.split())
    assert made[0] == made[1]
    assert len(set(made[0])) == 4
    assert all(len(digest) == hashlib.sha256().digest_size * 2 for digest in made[0])
