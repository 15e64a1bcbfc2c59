"""``report.json``: later reports are rendered of it, as long as it is what was sealed; and it is what judging again gives."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from forensics import __version__, cli
from forensics.case import CaseFolder
from forensics.chain_of_custody import verify_case
from forensics.pipeline import sealed_view, sealing
from forensics.pipeline.judging_again import judged_again
from forensics.pipeline.replay import replay
from forensics.pipeline.sealed_view import VIEW, view_again
from forensics.report.view import CaseView
from forensics.report.view_document import read, written
from tests.pipeline import march, told
from tests.pipeline.resealing import copied, seal_again
from tests.test_cli import valid


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return march.run(tmp_path_factory.mktemp("march")).case.path


def held(case: Path) -> object:
    return sealed_view.sealed_view(CaseFolder.open(case))


def judged(case: Path) -> bytes:
    with judged_again(CaseFolder.open(case)) as again:
        return written(again.shown)


@pytest.mark.parametrize("name", ["servers", "false-alarm", "neighbour"])
def test_what_is_sealed_is_what_judging_the_case_again_gives(tmp_path: Path, name: str) -> None:
    case = told.sample(name, tmp_path).case.path
    assert held(case) is not None
    assert (case / VIEW).read_bytes() == judged(case)


def test_march_is_sealed_as_it_is_judged_again_and_replayed(case: Path) -> None:
    assert (case / VIEW).read_bytes() == judged(case)
    valid("report", json.loads((case / VIEW).read_bytes()))
    assert verify_case(case).ok
    assert VIEW in {item.name for item in replay(case).files}


@pytest.mark.parametrize("words", [(), ("--profile", "onepage", "--lang", "fr")])
def test_a_page_of_a_sealed_case_loads_nothing_that_judges(case: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    heavy = ("duckdb", "pyarrow", "numpy", "forensics.attribution", "forensics.enrichment.snapshots")
    asked = f"print([name for name in {heavy!r} if name in sys.modules])"
    program = f"import sys\nfrom forensics import cli\ncli.run(sys.argv[1:])\n{asked}"
    called = [sys.executable, "-c", program, "report", str(case), "--output", str(tmp_path / "x.html"), *words]
    done = subprocess.run(
        called, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": str(march.ROOT)}
    )
    assert done.stdout.splitlines()[-1] == "[]"
    if not words:
        assert (tmp_path / "x.html").read_bytes() == (case / "report.html").read_bytes()


def _gone(case: Path) -> None:
    (case / VIEW).unlink()


def _of_others(case: Path) -> None:
    (case / VIEW).write_bytes((case / VIEW).read_bytes().replace(b"203.0.113.45", b"203.0.113.46"))


def _other_title(case: Path) -> None:
    text = (case / "case.toml").read_text().replace('title = "', 'title = "Another ')
    (case / "case.toml").write_text(text)


def _nothing_declared(case: Path) -> None:
    (case / "owner.toml").write_text("")


@pytest.mark.parametrize("change", [_gone, _of_others, _other_title, _nothing_declared])
def test_a_view_that_is_not_as_it_was_sealed_is_not_believed(
    case: Path, tmp_path: Path, change: Callable[[Path], None]
) -> None:
    changed = copied(case, tmp_path / "changed")
    before = {path.name: path.read_bytes() for path in changed.iterdir() if path.is_file()}
    change(changed)
    after = {path.name: path.read_bytes() for path in changed.iterdir() if path.is_file()}
    assert before != after
    assert held(changed) is None
    assert written(view_again(CaseFolder.open(changed))) == judged(changed)
    assert not verify_case(changed).ok


def test_a_view_of_another_seal_is_not_believed(case: Path, tmp_path: Path) -> None:
    """Whoever writes the log anew under a key of their own cannot keep a report that tells the old checkpoint."""
    changed = copied(case, tmp_path / "changed")
    key, old = seal_again(changed), (case / VIEW).read_bytes()
    renewed = held(changed)
    assert isinstance(renewed, CaseView)
    folder = CaseFolder.open(changed)
    with sealing.Sealer.reopen(folder, sealing.signer(key, None)) as sealer:
        folder.write(VIEW, old)
        sealer.record("report.render", {"document": VIEW, "sha256": hashlib.sha256(old).hexdigest()}, [VIEW])
    assert verify_case(changed).ok
    assert held(changed) is None
    assert written(view_again(folder)) == written(renewed)
    assert (renewed.checkpoint, renewed.key_fingerprint) != (read(old).checkpoint, read(old).key_fingerprint)


def test_a_report_that_goes_into_the_case_brings_its_view_along_where_there_was_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A case of an older version is judged again once, not with every report."""
    with monkeypatch.context() as patch:
        patch.setattr(sealed_view, "keep", lambda *_: None)
        case = march.run(tmp_path).case.path
    assert not (case / VIEW).exists()
    key = str(march.key_file(tmp_path))
    assert cli.run(["report", str(case), "--profile", "onepage", "--lang", "fr", "--key", key]) == 0
    assert held(case) is not None
    assert verify_case(case).ok


def test_a_view_that_another_version_sealed_is_judged_again(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed_view, "__version__", f"{__version__}.1")
    assert held(case) is None
    assert written(view_again(CaseFolder.open(case))) == (case / VIEW).read_bytes()


def test_a_view_in_another_form_is_judged_again(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forensics.report.view_document.SCHEMA", "forensics/report/2")
    assert held(case) is None


def test_the_command_renders_a_case_whose_view_was_lost(case: Path, tmp_path: Path) -> None:
    changed = copied(case, tmp_path / "changed")
    _gone(changed)
    assert cli.run(["report", str(changed), "--output", str(tmp_path / "x.html")]) == 0
    assert (tmp_path / "x.html").read_bytes() == (case / "report.html").read_bytes()


def test_the_data_are_a_form_of_the_report(case: Path, tmp_path: Path) -> None:
    out = tmp_path / "x.json"
    assert cli.run(["report", str(case), "--format", "json", "--output", str(out)]) == 0
    assert out.read_bytes() == (case / VIEW).read_bytes()
    before = march.contents(case)
    assert cli.run(["report", str(case), "--format", "json"]) == 0
    assert march.contents(case) == before, "it lies there as it was sealed"
    assert cli.run(["report", str(case), "--format", "json", "--profile", "court"]) == 2
    assert cli.run(["report", str(case), "--format", "json", "--lang", "fr"]) == 2
    shown = read(out.read_bytes())
    held = json.loads((case / "findings.json").read_bytes())
    assert [item.id for item in shown.findings] == [item["id"] for item in held["findings"]]


def test_data_that_were_lost_are_sealed_again_by_themselves(tmp_path: Path) -> None:
    case = march.run(tmp_path).case.path
    sealed = (case / VIEW).read_bytes()
    (case / VIEW).write_bytes(b"{}")
    assert cli.run(["report", str(case), "--format", "json", "--key", str(march.key_file(tmp_path))]) == 0
    assert (case / VIEW).read_bytes() == sealed
    assert verify_case(case).ok
