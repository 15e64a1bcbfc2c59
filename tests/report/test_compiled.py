"""Kept code of templates: used when it is that of the very template and settings, never otherwise, and no need."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

from forensics.report.compiled import Compiled
from forensics.report.html import _environment
from forensics.report.language import spoken

TEXT = "{% for item in items %}<{{ item }}>{% endfor %}"
SETTINGS = (True, "ev")


def engine(folder: Path, *settings: object) -> Environment:
    made = Environment(loader=FileSystemLoader(folder), autoescape=True)
    made.bytecode_cache = Compiled(settings or SETTINGS)
    return made


def page(folder: Path, *settings: object) -> str:
    return engine(folder, *settings).get_template("a.html.j2").render(items="ab")


def kept(folder: Path, text: str = TEXT, *settings: object) -> bool:
    """Say whether kept code is found for a text."""
    cache = Compiled(settings or SETTINGS)
    return cache.get_bucket(engine(folder), "a.html.j2", str(folder / "a.html.j2"), text).code is not None


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    (tmp_path / "a.html.j2").write_text(TEXT, encoding="utf-8")
    return tmp_path


def test_code_is_kept_beside_the_template_and_found_again(folder: Path) -> None:
    assert not kept(folder)
    assert page(folder) == "<a><b>"
    assert [path.suffix for path in (folder / "__pycache__").iterdir()] == [".pyc"]
    assert kept(folder)
    assert page(folder) == "<a><b>"


def test_another_text_or_other_settings_are_compiled_anew(folder: Path) -> None:
    page(folder)
    assert not kept(folder, TEXT + " ")
    assert not kept(folder, TEXT, *SETTINGS, "more")
    (folder / "a.html.j2").write_text("{{ items }}!", encoding="utf-8")
    assert page(folder) == "ab!"
    assert kept(folder, "{{ items }}!")


def test_a_damaged_file_is_as_none(folder: Path) -> None:
    page(folder)
    (held,) = (folder / "__pycache__").iterdir()
    whole = held.read_bytes()
    for place in range(len(whole)):
        held.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert not kept(folder)
        held.write_bytes(whole[:place])
        assert not kept(folder)
    assert page(folder) == "<a><b>"
    assert held.read_bytes() == whole


def test_nothing_is_kept_where_python_keeps_none(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert page(folder) == "<a><b>"
    assert not (folder / "__pycache__").exists()


def test_a_folder_that_takes_nothing_is_no_fault(folder: Path) -> None:
    (folder / "__pycache__").write_text("no folder", encoding="utf-8")
    assert page(folder) == "<a><b>"


def test_a_template_that_is_no_file_is_not_kept(folder: Path) -> None:
    assert engine(folder).from_string("{{ 1 }}").render() == "1"
    assert Compiled(SETTINGS).get_bucket(engine(folder), "b", None, "").code is None


def test_the_code_of_our_templates_is_the_same_in_every_language() -> None:
    speeches = [spoken(*names) for names in (("", ""), ("fr", ""), ("ar", ""), ("", "az,en"))]
    engines = [_environment(speech) for speech in speeches]
    for name in engines[0].list_templates(extensions=["j2"]):
        assert engines[0].loader is not None
        text, path, _ = engines[0].loader.get_source(engines[0], name)
        assert len({made.compile(text, name, path, raw=True) for made in engines}) == 1
