"""Three verifiers, one answer: frozen vectors, pins, hostile folders, and large numbers of defects."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from forensics.chain_of_custody import verify
from forensics.chain_of_custody.verify import Expected, verify_case
from tests.chain_of_custody import golden, sealed_case
from tests.chain_of_custody.sealed_case import COLLEAGUE, EDITOR, KIT, ORIGIN, SAMPLES, STRANGER

if TYPE_CHECKING:
    from pathlib import Path

STEPS: dict[str, int] = json.loads((SAMPLES / "must-fail.json").read_text(encoding="utf-8"))
GOOD = SAMPLES / "good"
LAST = 8


def failed(folder: Path, expected: Expected | None = None) -> list[int]:
    return [step.n for step in verify_case(folder, expected).steps if not step.ok]


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a kit program with nothing of ours in reach: no package path, no user site, another directory."""
    return subprocess.run(
        command, capture_output=True, text=True, check=False, cwd="/", env={"PATH": os.environ["PATH"]}, timeout=60
    )


def python(program: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "-I", "-S", program, *arguments)


def test_the_frozen_case_verifies_with_ours_and_with_its_own_kit() -> None:
    report = verify_case(GOOD)
    assert report.ok
    assert [step.n for step in report.steps] == list(range(1, 10))
    assert [step.title for step in report.steps] == [verify.TITLES[n] for n in range(1, 10)]
    assert report.checkpoint is not None
    assert (report.checkpoint.origin, report.checkpoint.size) == (ORIGIN, LAST)
    for done in (run("sh", GOOD / "verify/verify.sh"), python(GOOD / "verify/verify.py")):
        assert done.returncode == 0, done.stdout + done.stderr
        assert f"size {LAST}\nroot {report.checkpoint.root.hex()}\n" in done.stdout
        assert [line[8:].split(":")[0] for line in done.stdout.splitlines()[:9]] == [s.title for s in report.steps]


def test_the_frozen_case_is_what_the_code_still_makes(tmp_path: Path) -> None:
    made = sealed_case.rich(tmp_path / "made")
    for folder in (made, GOOD):
        assert failed(folder) == []
    if [(KIT / name).read_bytes() for name in ("verify.sh", "verify.py", "README.txt")] == [
        (GOOD / "verify" / name).read_bytes() for name in ("verify.sh", "verify.py", "README.txt")
    ]:
        assert (made / "checkpoint").read_bytes() == (GOOD / "checkpoint").read_bytes()


@pytest.mark.parametrize("name", sorted(STEPS))
def test_every_frozen_defect_is_found_at_its_step_by_all_three(name: str) -> None:
    folder = SAMPLES / "must-fail" / name
    ours = failed(folder)
    assert STEPS[name] in ours
    assert sealed_case.failed_by_kit(sealed_case.kit_module(), folder) == ours
    shell = run("sh", KIT / "verify.sh", folder)
    assert shell.returncode == 4, shell.stdout + shell.stderr
    assert not shell.stderr


def test_the_list_of_frozen_defects_is_complete() -> None:
    assert set(STEPS) == set(golden.MUST_FAIL) == {path.name for path in (SAMPLES / "must-fail").iterdir()}


@pytest.fixture
def case(tmp_path: Path) -> Path:
    return sealed_case.small(tmp_path / "case", kit=True)


def rolled_back(case: Path) -> None:
    """Put a genuine older state of the whole folder back: nothing inside the folder can show it."""
    (case / "custody.jsonl").write_bytes((case / "custody.jsonl").read_bytes().splitlines(keepends=True)[0])
    shutil.copy(case / "checkpoints/1", case / "checkpoint")
    shutil.rmtree(case / "checkpoints")
    shutil.rmtree(case / "exhibits")


def test_a_printed_head_and_a_known_key_close_what_the_folder_leaves_open(case: Path) -> None:
    head = verify_case(case).checkpoint
    assert head is not None
    printed = Expected(size=head.size, root=head.root.hex().upper())
    first = next(line for line in (case / "checkpoints/1").read_text().splitlines()[2:3])
    import base64

    earlier = Expected(size=1, root=base64.b64decode(first).hex())
    for expected in (printed, earlier, Expected(key=EDITOR.actor), Expected(key=EDITOR.verifier.vkey)):
        assert failed(case, expected) == []
    wrong = [
        Expected(size=3, root="0" * 64),
        Expected(size=2, root=head.root.hex()),
        Expected(size=9, root=head.root.hex()),
        Expected(key=STRANGER.verifier.vkey),
        Expected(key=COLLEAGUE.actor),
        Expected(key="nonsense"),
    ]
    for expected in wrong:
        assert failed(case, expected) == [10]
    rolled_back(case)
    assert failed(case) == []
    assert failed(case, printed) == [10]


@pytest.mark.parametrize("program", ["verify.sh", "verify.py"])
def test_the_kit_takes_the_same_pins(case: Path, program: str) -> None:
    head = verify_case(case).checkpoint
    assert head is not None
    start = ["sh", str(KIT / program)] if program.endswith("sh") else [sys.executable, "-I", str(KIT / program)]
    good = ["--head", f"3:{head.root.hex()}", "--key", EDITOR.verifier.vkey]
    done = run(*start, str(case), *good)
    assert (done.returncode, done.stderr) == (0, "")
    assert "10 ok   the log agrees with what the caller knows" in done.stdout
    for bad in (["--head", "3:" + "0" * 64], ["--key", STRANGER.actor], ["--key", STRANGER.verifier.vkey]):
        done = run(*start, str(case), *bad)
        assert done.returncode == 4
        assert "10 FAIL" in done.stdout
    assert run(*start, str(case), "--head", "x").returncode == 2
    assert run(*start, str(case), "--nonsense").returncode == 2
    rolled_back(case)
    assert run(*start, str(case)).returncode == 0
    assert run(*start, str(case), *good).returncode == 4


def test_links_pipes_and_empty_folders_are_defects(case: Path) -> None:
    kit = sealed_case.kit_module()
    (case / "exhibits/link").symlink_to("mail.eml")
    os.mkfifo(case / "exhibits/pipe")
    (case / "empty/inner").mkdir(parents=True)
    assert failed(case) == sealed_case.failed_by_kit(kit, case) == [1, 9]
    shell = run("sh", KIT / "verify.sh", case)
    assert [line[:7] for line in shell.stdout.splitlines() if "FAIL" in line] == [" 1 FAIL", " 9 FAIL"]


@pytest.mark.parametrize("path", ["custody.jsonl", "checkpoint", "exhibits/mail.eml", "keys", "checkpoints/1"])
@pytest.mark.parametrize("kind", ["link", "pipe", "folder", "gone"])
def test_a_thing_of_another_kind_in_the_place_of_a_file(case: Path, path: str, kind: str) -> None:
    target = case / path
    away = case.parent / "away"
    target.rename(away)
    if kind == "link":
        target.symlink_to(away)
    elif kind == "pipe":
        os.mkfifo(target)
    elif kind == "folder":
        target.mkdir()
    ours = failed(case)
    assert ours
    assert sealed_case.failed_by_kit(sealed_case.kit_module(), case) == ours


def test_hostile_names_do_not_reach_the_terminal(case: Path) -> None:
    (case / "\x1b]0;owned\x07 \u202e.txt").write_bytes(b"")
    os.close(os.open(os.fsencode(case) + b"/\xff\n", os.O_CREAT | os.O_WRONLY))
    report = verify_case(case)
    assert [step.n for step in report.steps if not step.ok] == [9]
    done = [run("sh", KIT / "verify.sh", case), python(KIT / "verify.py", str(case))]
    for text in [report.steps[8].detail, *(one.stdout for one in done)]:
        assert text.isascii()
        assert "\x1b" not in text
    assert [one.returncode for one in done] == [4, 4]


def test_nothing_at_all_is_a_report_not_an_exception(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for folder in (tmp_path / "missing", tmp_path / "file"):
        assert not verify_case(folder).ok
        assert verify_case(folder).checkpoint is None
    assert len(failed(tmp_path)) > 4


def test_many_defects_are_counted_and_a_few_are_named(case: Path) -> None:
    for number in range(50):
        (case / f"extra{number:02}").write_bytes(b"")
    step = verify_case(case).steps[8]
    assert step.detail.count("is not sealed") == verify.SHOWN
    assert step.detail.endswith("; and 45 more")
    assert "extra00: is not sealed" in step.detail


def test_a_record_that_changed_is_named_by_line_and_byte(case: Path) -> None:
    content = (case / "custody.jsonl").read_bytes()
    (case / "custody.jsonl").write_bytes(content.replace(b'"n":1', b'"n" 1', 1))
    start = content.index(b"\n") + 1
    for detail in (verify_case(case).steps[1].detail, sealed_case.kit_module().Case(str(case)).steps()[1][3]):
        assert detail.startswith(f"custody.jsonl line 2 (byte {start}): the line is not restricted canonical JSON")
