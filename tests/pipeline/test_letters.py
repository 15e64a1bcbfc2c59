"""Letters about the March case: the two addresses, never the owner's; refusals; files."""

from __future__ import annotations

from pathlib import Path

import pytest

from forensics.errors import CaseError, PolicyError, StorageError, UsageError
from forensics.pipeline import letters
from forensics.pipeline.analyze import analyze
from forensics.pipeline.request import demonstration
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
