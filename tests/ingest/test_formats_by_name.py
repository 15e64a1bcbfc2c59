"""One format asked by name: the same as among all, wherever it comes from, and nothing else is loaded for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from forensics.ingest import all_formats, format_called, title_of
from forensics.plugins import stated

ROOT = Path(__file__).parents[2]
BROUGHT = "from forensics.ingest.format import Format\nfrom forensics.ingest.formats.whatsapp_chat import FORMAT\n"


def asked(code: str, home: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run a program in a process of its own in which packages below ``home`` are installed."""
    command = [sys.executable, "-c", f"import sys\nsys.path += [{str(ROOT)!r}, {str(home)!r}]\n{code}"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def install(home: Path, named: str, value: str) -> None:
    """Make a package that brings a format by an entry point."""
    info = home / "brought-1.0.dist-info"
    info.mkdir(parents=True)
    (home / "brought.py").write_text(BROUGHT)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: brought\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[forensics.formats]\n{named} = brought:{value}\n")


@pytest.mark.parametrize("name", sorted(all_formats()))
def test_a_format_is_the_same_alone_as_among_all(name: str) -> None:
    alone, among = format_called(name), all_formats()[name]
    assert alone is not None
    assert title_of(name) == among.title
    assert (alone.title, alone.provider, alone.documentation) == (among.title, among.provider, among.documentation)


@pytest.mark.parametrize(
    "name", ["", "no_such_format", "mapping:mine", "../formats/mail_eml", "mappings/reddit_ip_logs"]
)
def test_what_is_no_name_of_a_format_is_none(name: str) -> None:
    assert format_called(name) is None
    assert title_of(name) is None


def test_other_formats_are_not_loaded_for_it() -> None:
    found = asked(
        "from forensics.ingest import format_called\n"
        "for name in ('', 'telegram_json', 'reddit_ip_logs', 'mapping:mine'): format_called(name)\n"
        "print([name for name in sys.modules if name.startswith('forensics.ingest.formats.')])"
    )
    assert found.stdout.strip() == "['forensics.ingest.formats.telegram_json']", found.stderr


def test_the_title_of_a_format_is_known_without_loading_it() -> None:
    found = asked(
        "from forensics.ingest import title_of\n"
        "for name in ('mail_eml', 'facebook_activity', 'reddit_ip_logs'): print(title_of(name))\n"
        "print([name for name in sys.modules if name.startswith('forensics.ingest.formats.')])"
    )
    titles = [all_formats()[name].title for name in ("mail_eml", "facebook_activity", "reddit_ip_logs")]
    assert found.stdout.splitlines() == [*titles, "[]"], found.stderr


@pytest.mark.parametrize(
    "source",
    [
        "FORMAT = Format(title=TITLE)",
        "FORMAT = Format(title='one ' + 'two')",
        "FORMAT = Format()",
        "FORMAT = Format(title='a')\nFORMAT = Format(title='b')",
        "FORMAT: Format = Format(title='a')",
        "FORMAT = (",
        "\0",
    ],
)
def test_a_title_that_is_not_written_out_is_left_to_the_value(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    package = tmp_path / f"brought_{abs(hash(source))}"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "one.py").write_text(source)
    assert stated(package.name, "FORMAT", "one", "title") is None
    monkeypatch.delitem(sys.modules, package.name)


def test_a_format_of_a_third_party_is_found_by_name(tmp_path: Path) -> None:
    install(tmp_path, "theirs", "FORMAT")
    found = asked("from forensics.ingest import *\nprint(format_called('theirs').title, title_of('theirs'))", tmp_path)
    whatsapp = format_called("whatsapp_chat")
    assert whatsapp is not None
    assert found.stdout.strip() == f"{whatsapp.title} {whatsapp.title}", found.stderr


def test_a_third_party_that_brings_no_format_is_refused_by_name(tmp_path: Path) -> None:
    install(tmp_path, "theirs", "Format")
    found = asked(
        "from forensics.errors import DataError\nfrom forensics.ingest import format_called\n"
        "try:\n    format_called('theirs')\nexcept DataError as error:\n    print(error)",
        tmp_path,
    )
    assert "'brought:Format' offers no new Format under the name 'theirs'" in found.stdout
