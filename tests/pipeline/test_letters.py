"""Letters about the March case: the two addresses, never the owner's; refusals; files."""

from __future__ import annotations

from pathlib import Path

import pytest

from forensics import cli
from forensics.errors import CaseError, PolicyError, StorageError, UsageError
from forensics.pipeline import letters
from forensics.pipeline.analyze import analyze
from forensics.pipeline.request import demonstration
from forensics.report.document import Document
from tests.pipeline.march import clock, contents, key_file, run

OWNERS = ("192.0.2.14", "editor", "Women", "evidence/", "100000000000000000001", "the_editor_example", "+00000000000")


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("letters")
    run(folder)
    return folder / "case"


def test_networks_are_asked_about_the_two_addresses_and_learn_nothing_of_the_owner(case: Path) -> None:
    before = contents(case)
    files = letters.write_letters(case, "isp", (), "text")
    text = b"".join(files.values()).decode()
    assert len(files) == 2
    assert "203.0.113.45" in text
    assert "198.51.100.21" in text
    assert [word for word in OWNERS if word in text] == []
    assert contents(case) == before, "a letter changes nothing in the case"


def test_the_holder_is_told_as_of_that_day(case: Path) -> None:
    text = b"".join(letters.write_letters(case, "isp", ["203.0.113.45"], "text").values()).decode()
    assert "AS64497 Sample State Data Centre (fictional)" in text
    assert "Snapshot sample-2019-12-01 of 2019-12-01, 101 days before the event" in text


@pytest.mark.parametrize("address", ["192.0.2.14", "192.0.2.200"])
def test_an_address_of_the_owner_or_of_nobody_is_refused(case: Path, address: str) -> None:
    with pytest.raises(PolicyError, match="no letter may name"):
        letters.write_letters(case, "isp", [address], "text")


@pytest.mark.parametrize(
    ("to", "addresses", "form"), [("king", (), "text"), ("isp", ("x",), "text"), ("isp", (), "docx")]
)
def test_what_has_no_meaning_is_named(case: Path, to: str, addresses: tuple[str, ...], form: str) -> None:
    with pytest.raises(UsageError):
        letters.write_letters(case, to, addresses, form)


def test_without_a_declaration_each_address_has_to_be_named(tmp_path: Path) -> None:
    from dataclasses import replace

    with clock():
        analyze(replace(demonstration(tmp_path / "case", key_file(tmp_path), None), owner=None))
    with pytest.raises(PolicyError, match="declared nothing"):
        letters.write_letters(tmp_path / "case", "isp", (), "text")
    assert letters.write_letters(tmp_path / "case", "isp", ["203.0.113.45"], "text")


def test_letters_are_written_once(case: Path, tmp_path: Path) -> None:
    files = letters.write_letters(case, "platform", (), "html")
    written = letters.save(files, tmp_path / "out")
    assert [path.name for path in written] == [
        "platform-google.html", "platform-facebook.html", "platform-telegram.html", "platform-instagram.html",
    ]  # fmt: skip
    with pytest.raises(StorageError, match="already there"):
        letters.save(files, tmp_path / "out")
    with pytest.raises(CaseError):
        letters.write_letters(tmp_path, "isp", (), "text")


@pytest.mark.parametrize(
    "name", ["platform-../../x", "platform-a/b: c", "platform-\x1b[2J\u202e" + "A" * 10_000, "platform-."]
)
def test_whatever_a_provider_is_called_its_letter_lies_in_the_folder(tmp_path: Path, name: str) -> None:
    """A mapping of the user names the provider; two such names may come to one file name, and both letters are kept."""
    names = letters.stems([Document(name=item, title="t", blocks=()) for item in (name, name, f"{name}!")])
    assert len(set(names)) == 3
    written = letters.save({f"{item}.txt": b"x" for item in names}, tmp_path / "out")
    assert {path.parent for path in written} == {tmp_path / "out"}
    assert len(list((tmp_path / "out").iterdir())) == 3
    assert all("/" not in item and item.isprintable() and len(item) < 100 for item in names)


def test_a_letter_as_a_pdf_goes_into_a_folder(case: Path, tmp_path: Path) -> None:
    assert cli.run(["letter", str(case), "--to", "isp", "--format", "pdf"]) == 2
    assert cli.run(["letter", str(case), "--to", "isp", "--format", "pdf", "--output", str(tmp_path / "out")]) == 0
    assert [path.name for path in sorted((tmp_path / "out").iterdir())] == ["isp-1.pdf", "isp-2.pdf"]
    assert (tmp_path / "out" / "isp-1.pdf").read_bytes().startswith(b"%PDF-")
