"""The border of a mapping: every complaint names the key, its line, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from forensics import ingest
from forensics.errors import DataError, UsageError
from forensics.ingest import mapping_format
from forensics.ingest.mapping_format import given, shipped
from forensics.ingest.mapping_reading import parse
from tests.ingest.mapped import CSV


def complaint(text: str) -> str:
    with pytest.raises(DataError) as caught:
        parse(text.encode(), "test", "test.toml")
    assert caught.value.hint
    return f"{caught.value.where}: {caught.value.what}"


@pytest.mark.parametrize(
    ("old", "new", "where", "said"),
    [
        ('title = "Test"', 'title = ""', 1, "title: missing or empty"),
        ('provider = "test"', 'provider = "test"\ncolour = "red"', 3, "colour: unknown; known here are"),
        ('what = "w"', 'what = ""', 5, "documentation.what: missing or empty"),
        ('kind = "csv"', 'kind = "xls"', 11, "source.kind: 'xls' is none of csv, json, jsonl, lines"),
        ('kind = "csv"', 'kind = "csv"\ndelimiter = "||"', 12, "source.delimiter: must be one character"),
        ('kind = "csv"', 'kind = "csv"\nencodings = "cp9"', 12, "source.encodings: no encoding: 'cp9'"),
        ('kind = "csv"', 'kind = "csv"\nencodings = "shift_jis"', 12, "source.encodings: 'shift_jis' has characters"),
        ('kind = "csv"', 'kind = "csv"\nspare = true', 12, "source.spare: must be a whole number"),
        ('columns = ["When", "IP"]', "columns = 3", 13, "claims[1].columns: must be a text or a list of texts"),
        ('columns = ["When", "IP"]', 'keys = ["a"]', 12, "claims[1].columns: missing"),
        ('columns = ["When", "IP"]', 'columns = ["IP"]\nlooks = { IP = "(" }', 14, "claims[1].looks: IP: missing )"),
        ('spellings = ["iso"]', 'spellings = ["%Q"]', 16, "time.spellings: '%Q': %Q is no directive"),
        ('spellings = ["iso"]', 'spellings = ["%H:%M"]', 16, "a date needs %d"),
        ('spellings = ["iso"]', 'spellings = ["%d %d %m %Y"]', 16, "%d stands twice"),
        ('spellings = ["iso"]', 'unit = "h"', 16, "time.unit: 'h' is none of s, ms"),
        ('spellings = ["iso"]', "", 14, "time.spellings: missing"),
        ('spellings = ["iso"]', 'spellings = ["iso"]\nlanguages = ["zz"]', 17, "time.languages: no language: 'zz'"),
        ('zone = "explicit"', "", 14, "time.zone: missing"),
        ('zone = "explicit"', 'zone = "Asia/Bakoo"\nground = "g"', 17, "time.zone: no time zone: 'Asia/Bakoo'"),
        ('zone = "explicit"', 'zone = "+25:00"\nground = "g"', 17, "time.zone: no time zone: '+25:00'"),
        ('zone = "explicit"', 'zone = "UTC"', 14, "time.ground: missing: say why times without a zone are UTC"),
        ('zone = "explicit"', 'zone = "export"', 14, "time.told: missing"),
        ('address = "IP"', 'adress = "IP"', 19, "event.adress: unknown; known here are account, address"),
        ('address = "IP"', 'address = { join = ["a"], value = "b" }', 19, "event.address: give one of"),
        ('default = "activity"', 'default = "hacked"', 22, "action.default: 'hacked' is none of login"),
        (
            'default = "activity"',
            'default = "activity"\n[[action.rules]]\nis = "a"\naction = "login"\n[[action.rules]]\naction = "login"',
            26,
            "action.rules[2].is: give either is (texts) or matches",
        ),
        ('default = "activity"', '[[action.rules]]\nmatches = "(?=x)"', 23, "action.rules[1].matches: invalid perl"),
        ('default = "activity"', '[[unused]]\nfrom = "a"\nis = ""', 22, "unused[1].rule: missing or empty"),
        ('default = "activity"', '[outcome]\nfrom = "Status"', 23, "outcome.from: give from"),
        ('default = "activity"', "default = true", 22, "action.default: must be a text in quotes"),
    ],
)
def test_complaints_name_key_and_line(old: str, new: str, where: int, said: str) -> None:
    text = CSV.replace(old, new, 1)
    assert text != CSV
    told = complaint(text)
    assert said in told
    assert told.startswith(f"test.toml line {where}:"), told


def test_a_file_that_is_no_toml_says_where() -> None:
    assert "line 2" in complaint('title = "a"\nprovider = \n')
    with pytest.raises(DataError, match="not a TOML file"):
        parse(b"\xff\xfe", "test", "test.toml")


def test_lines_after_multi_line_texts_are_counted_right() -> None:
    text = CSV.replace('what = "w"', 'what = """a\nzone = "UTC"\n[time]\n"""').replace('"explicit"', '"nowhere"')
    assert complaint(text).startswith("test.toml line 20: time.zone")


@pytest.mark.parametrize(
    ("kind", "more", "said"),
    [
        ("json", "", "source.pointers: must be JSON pointers"),
        ("json", 'pointers = ["a/*"]', "source.pointers: must be JSON pointers"),
        ("lines", "", "source.lines: missing"),
        ("lines", "lines = '(a+)+$'", "source.lines: Regular expression contains unnamed groups"),
        ("lines", "lines = 'abc'", "source.lines: has no named group"),
        ("lines", r"lines = '(?P<a>x)\1'", "source.lines: invalid escape sequence"),
        ("lines", "lines = '(?P<a>((x{1000}){1000}))'", "source.lines:"),
        ("lines", f"lines = '(?P<a>{'x' * 3000})'", "source.lines: longer than 2,000 characters"),
    ],
)
def test_sources_are_checked(kind: str, more: str, said: str) -> None:
    assert said in complaint(CSV.replace('kind = "csv"', f'kind = "{kind}"\n{more}'))


def test_a_user_s_file_is_read_once_and_named(tmp_path: Path) -> None:
    path = tmp_path / "bank_of_x.toml"
    path.write_text("\ufeff" + CSV)
    (found,) = given((path,))
    assert (found.name, found.format_name, found.mapping.provider) == ("bank_of_x", "mapping:bank_of_x", "test")
    assert found.data == path.read_bytes()


def test_names_that_cannot_stand_in_a_case_are_refused(tmp_path: Path) -> None:
    for name in ("a b.toml", "ü.toml", ".toml", "x\x1b[31m.toml"):
        (tmp_path / name).write_text(CSV)
        with pytest.raises(UsageError):
            given((tmp_path / name,))
    (tmp_path / "sub").mkdir()
    for folder in (tmp_path, tmp_path / "sub"):
        (folder / "same.toml").write_text(CSV)
    with pytest.raises(UsageError, match="two mappings"):
        given((tmp_path / "same.toml", tmp_path / "sub" / "same.toml"))
    with pytest.raises(DataError, match="cannot be read"):
        given((tmp_path / "missing.toml",))


def test_a_mapping_called_like_a_module_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mail_eml.toml").write_text(CSV)
    monkeypatch.setattr(mapping_format, "FOLDER", tmp_path)
    shipped.cache_clear()
    ingest.all_formats.cache_clear()
    try:
        with pytest.raises(DataError, match="two formats are called 'mail_eml'"):
            ingest.all_formats()
    finally:
        monkeypatch.undo()
        shipped.cache_clear()
        ingest.all_formats.cache_clear()


def test_shipped_mappings_are_formats_and_lie_in_the_package() -> None:
    assert len(shipped()) >= 10
    assert set(shipped()) <= set(ingest.all_formats())
    assert mapping_format.FOLDER.is_relative_to(Path(ingest.__file__).parent)
