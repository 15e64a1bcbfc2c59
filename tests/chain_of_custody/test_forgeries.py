"""One good case and many forged ones: `forensics verify`, verify.sh, verify.py and verify.html say the same of each."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from forensics import cli
from forensics.chain_of_custody.verify import Expected, verify_case
from tests.chain_of_custody import forgeries, page, sealed_case
from tests.chain_of_custody.sealed_case import EDITOR, KIT

if TYPE_CHECKING:
    from pathlib import Path


def by_shell(folder: Path) -> tuple[int, list[int]]:
    done = subprocess.run(["sh", KIT / "verify.sh", folder], capture_output=True, text=True, check=False)
    assert not done.stderr, done.stderr
    return done.returncode, [int(line[:2]) for line in done.stdout.splitlines() if line[3:7] == "FAIL"]


def by_python(folder: Path) -> tuple[int, list[int]]:
    done = subprocess.run(
        [sys.executable, "-I", "-S", KIT / "verify.py", folder], capture_output=True, text=True, check=False
    )
    assert not done.stderr, done.stderr
    return done.returncode, [int(line[:2]) for line in done.stdout.splitlines() if line[3:7] == "FAIL"]


def by_command(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[int]]:
    capsys.readouterr()
    status = cli.run(["verify", "--json", str(folder)])
    told = json.loads(capsys.readouterr().out)
    return status, [step["n"] for step in told["steps"] if not step["ok"]]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    base = tmp_path_factory.mktemp("forgeries")
    made = {"good": forgeries.make(base / "good")}
    for number, (name, forgery) in enumerate({**forgeries.FORGERIES, **forgeries.OUTSIDE}.items()):
        made[name] = sealed_case.copy(made["good"], base / str(number))
        forgery(made[name])
    return made


def test_three_verifiers_agree_on_every_forgery(
    folders: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(forgeries.FORGERIES) >= 12
    for name, folder in folders.items():
        monkeypatch.setenv("FORENSICS_HOME", str(tmp_path / folder.name))  # a computer that has seen none of them
        status, ours = by_command(folder, capsys)
        assert (status == 4, bool(ours)) == (name in forgeries.FORGERIES,) * 2, (name, ours)
        assert by_python(folder) == (status, ours), name
        code, shells = by_shell(folder)
        assert code == status, name
        if shells != ours:  # the shell looks at the outer form of a line only, and goes on where others stop
            assert set(ours) & {2, 4}, (name, ours, shells)


@pytest.mark.skipif(not page.CHROMIUM, reason="needs Chromium (Debian: apt-get install chromium)")
def test_the_page_agrees_on_every_forgery(folders: dict[str, Path]) -> None:
    seen = page.look([page.Visit(folder=folder) for folder in folders.values()])
    for (name, folder), one in zip(folders.items(), seen, strict=True):
        ours = [step.n for step in verify_case(folder).steps if not step.ok]
        assert one.failed == ours, (name, one.steps)
        assert one.verdict == ("The case does NOT verify." if ours else "The case verifies."), name
        assert one.console == []


def test_what_a_folder_cannot_show_is_seen_with_what_is_kept_outside(folders: dict[str, Path]) -> None:
    good = verify_case(folders["good"]).checkpoint
    assert good is not None
    asked = (folders["good"] / "trust.policy").read_text()
    outside = {
        "a printed size and root": Expected(size=good.size, root=good.root.hex()),
        "the head that this computer saw": Expected(seen=good),
        "the quorum of a policy of one's own": Expected(policy=asked),
    }
    assert all(verify_case(folders["good"], expected).ok for expected in outside.values())
    for name in forgeries.OUTSIDE:
        assert verify_case(folders[name]).ok, name
        for kept, expected in outside.items():
            found = [step.n for step in verify_case(folders[name], expected).steps if not step.ok]
            assert found == [10], (name, kept, found)
    anew = folders["the case made anew with another key"]
    assert not verify_case(anew, Expected(key=EDITOR.actor)).ok
