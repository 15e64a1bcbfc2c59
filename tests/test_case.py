"""The case folder: what is written is read back, whatever the user types, and nothing is overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.case import CaseFacts, CaseFolder, to_toml
from forensics.errors import CaseError, EvidenceError


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=st.text(max_size=30), key=st.text(max_size=5), sample=st.booleans())
def test_case_file_round_trip(tmp_path: Path, title: str, key: str, sample: bool) -> None:  # noqa: FBT001 - drawn
    facts = CaseFacts(id="a", title=title, sample=sample, parameters={key: title})
    shown = title.encode("utf-8", "replace").decode()
    (tmp_path / "case.toml").write_text(to_toml(facts), encoding="utf-8", newline="")
    again = CaseFolder.open(tmp_path).facts
    assert (again.title, again.sample, list(again.parameters.values())) == (shown, sample, [shown])


def test_lone_surrogates_and_del_do_not_break_the_case_file(tmp_path: Path) -> None:
    (tmp_path / "case.toml").write_text(to_toml(CaseFacts(id="a", title="x\udcff\x7f")), encoding="utf-8")
    assert CaseFolder.open(tmp_path).facts.title == "x?\x7f"


def test_exhibits_are_kept_once_and_read_only(tmp_path: Path) -> None:
    case = CaseFolder.create(tmp_path / "case", CaseFacts(id="a"))
    (tmp_path / "one").write_bytes(b"x" * 3_000_000)
    first, second = case.take_in(tmp_path / "one", "one"), case.take_in(tmp_path / "one", "again")
    assert (first.sha256, first.size) == (second.sha256, second.size)
    assert [path.name for path in (case.path / "exhibits").iterdir()] == [first.sha256]
    assert case.exhibit(first.sha256).stat().st_mode & 0o222 == 0


def test_what_is_there_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("keep")
    with pytest.raises(CaseError, match="already something here"):
        CaseFolder.create(tmp_path / "file", CaseFacts(id="a"))
    assert (tmp_path / "file").read_text() == "keep"


def test_unreadable_input_is_an_evidence_error(tmp_path: Path) -> None:
    case = CaseFolder.create(tmp_path / "case", CaseFacts(id="a"))
    with pytest.raises(EvidenceError, match="cannot be read"):
        case.take_in(tmp_path / "missing", "missing")
    assert not list((case.path / "exhibits").iterdir())


def test_a_read_error_is_the_evidences_and_leaves_nothing(tmp_path: Path) -> None:
    memory = Path("/proc/self/mem")  # opens like a file, and reading its first byte is an input/output error
    if not memory.exists():
        pytest.skip("no /proc here")
    case = CaseFolder.create(tmp_path / "case", CaseFacts(id="a"))
    with pytest.raises(EvidenceError, match="cannot be read"):
        case.take_in(memory, "disk image")
    assert not list((case.path / "exhibits").iterdir())
