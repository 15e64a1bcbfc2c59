"""Each step of a verification by itself: one damage, the steps that see it, and what they say, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from forensics.chain_of_custody import checkpoint, durable
from forensics.chain_of_custody.log import Log
from forensics.chain_of_custody.verify import Expected, verify_case
from tests.chain_of_custody import sealed_case
from tests.chain_of_custody.sealed_case import EDITOR, ORIGIN, act
from tests.chain_of_custody.test_people import FROZEN

if TYPE_CHECKING:
    from pathlib import Path

KIT_MODULE = sealed_case.kit_module()


@pytest.fixture
def case(tmp_path: Path) -> Path:
    return sealed_case.small(tmp_path / "case")


def failed(folder: Path, expected: Expected | None = None) -> dict[int, str]:
    return {step.n: step.detail for step in verify_case(folder, expected).steps if not step.ok}


def test_a_good_case_is_told_with_its_head_and_people(case: Path) -> None:
    report = verify_case(case)
    assert report.checkpoint == checkpoint.unverified((case / "checkpoint").read_bytes())
    assert verify_case(FROZEN / "good").steps[3].detail == (
        "1 keys, 0 revoked; 2 examiners signed 7 records; record 4 was signed by a.second at 2026-01-01T00:00:00Z, "
        "but the key was later revoked from 2026-01-01T00:00:00Z"
    )


def test_a_log_without_a_record_is_told_once(case: Path) -> None:
    (case / "custody.jsonl").write_bytes(b"")
    found = failed(case)
    assert found[2] == "custody.jsonl: there is no record"
    assert list(found) == sealed_case.failed_by_kit(KIT_MODULE, case)


def test_a_changed_link_is_seen_by_the_chain(case: Path) -> None:
    lines = (case / "custody.jsonl").read_bytes().splitlines(keepends=True)
    at = lines[1].index(b'"prev":"') + 8
    lines[1] = lines[1][:at] + (b"0" if lines[1][at : at + 1] != b"0" else b"1") + lines[1][at + 1 :]
    (case / "custody.jsonl").write_bytes(b"".join(lines))
    found = failed(case)
    assert list(found) == [3, 6] == sealed_case.failed_by_kit(KIT_MODULE, case)
    assert found[3].startswith("custody.jsonl line 2 ")


def test_a_policy_that_names_no_log_of_the_case_is_refused(case: Path) -> None:
    """Of the same length as the lines of the log, so that what follows them stays in its place."""
    logs = (case / "trust.policy").read_bytes().removesuffix(b"quorum none\n")
    stands_in = b"#" + b"x" * (len(logs) - 2) + b"\n"
    out = [durable.publish(case, "trust.policy", stands_in + b"quorum none\n")]
    with Log.open(case) as log:
        log.seal([act("note", out=out)], EDITOR)
    assert failed(case) == {4: "trust.policy: does not say what the log says"}


def test_what_is_missing_and_what_is_more_is_told_in_order(case: Path) -> None:
    for name in ("exhibits/mail.eml", "trust.policy"):
        (case / name).unlink()
    more = [f"{letter}{number}" for letter in "zay" for number in range(4)]
    for name in more:
        (case / name).write_bytes(b"")
        (case / f"empty-{name}").mkdir()
    found = failed(case)
    assert found[8] == "exhibits/mail.eml: is missing; trust.policy: is missing"
    told = [*(f"{name}: is not sealed" for name in sorted(more)),
            *(f"empty-{name}: is a folder without sealed files" for name in sorted(more))]  # fmt: skip
    assert found[9].split("; ")[:5] == told[:5]
    assert list(found) == [4, 8, 9]


@pytest.mark.parametrize(("name", "shown"), [("a\u00e4", r"'a\xe4'"), ("a\x1b[m", r"'a\x1b[m'"), ("a b", "a b")])
def test_a_name_does_not_speak_to_the_terminal(case: Path, name: str, shown: str) -> None:
    (case / name).write_bytes(b"")
    assert failed(case) == {9: f"{shown}: is not sealed"}


def test_only_numbers_are_earlier_checkpoints(case: Path) -> None:
    sealed_case.append_unchecked(case, act("note", out=[durable.publish(case, "7", b"x")]))
    assert failed(case) == {}
    sealed_case.append_unchecked(case, act("note", out=[durable.publish(case, "checkpoints/readme", b"x")]))
    assert list(failed(case)) == [4] == sealed_case.failed_by_kit(KIT_MODULE, case)
    assert verify_case(case).steps[6].detail == "3 earlier checkpoints"


def test_a_key_is_not_found_where_nothing_is_signed(case: Path) -> None:
    assert failed(case, Expected(key=EDITOR.actor)) == {}
    note = (case / "checkpoint").read_bytes()
    (case / "checkpoint").write_bytes(note[:-6] + b"AAAA" + note[-2:])
    found = failed(case, Expected(key=EDITOR.actor))
    assert list(found) == [5, 6, 10]
    assert found[10] == "checkpoint: not compared with the key, because it is not signed (step 5)"


def test_a_head_that_never_was_is_another_history(case: Path) -> None:
    seen = checkpoint.Checkpoint(origin=ORIGIN, size=2, root=bytes(32))
    assert "the log has two histories" in failed(case, Expected(seen=seen))[10]
