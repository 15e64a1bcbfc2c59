"""The page of the kit: the same steps and verdicts as our verifier, no request, and nothing said that was not checked."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from forensics.chain_of_custody.verify import TITLES, Expected, verify_case
from tests.chain_of_custody import attested_case, local_tsa, page, people_case, sealed_case
from tests.chain_of_custody.page import PAGE, Seen, Visit
from tests.chain_of_custody.sealed_case import EDITOR, SAMPLES, STRANGER

if TYPE_CHECKING:
    from collections.abc import Iterator

GOOD = SAMPLES / "good"
PEOPLE = SAMPLES.parent / "people"
needs_browser = pytest.mark.skipif(not page.CHROMIUM, reason="needs Chromium (Debian: apt-get install chromium)")


def ours(folder: Path, expected: Expected | None = None) -> list[int]:
    return [step.n for step in verify_case(folder, expected).steps if not step.ok]


def parts() -> Iterator[tuple[str, str, str]]:
    """Yield kind, hash stated, hash of what stands in the page."""
    html = PAGE.read_text(encoding="utf-8")
    for kind in ("script", "style"):
        blocks = re.findall(rf"<{kind}>(.*?)</{kind}>", html, re.DOTALL)
        assert len(blocks) == 1
        made = base64.b64encode(hashlib.sha256(blocks[0].encode()).digest()).decode()
        stated = re.search(rf"{kind}-src 'sha256-([^']+)'", html)
        assert stated is not None
        yield kind, stated.group(1), made


def test_the_page_admits_its_own_script_and_style_only() -> None:
    if os.environ.get("ACCEPT"):
        html = PAGE.read_text(encoding="utf-8")
        for _, stated, made in parts():
            html = html.replace(stated, made)
        PAGE.write_text(html, encoding="utf-8")
    for kind, stated, made in parts():
        assert stated == made, f"the {kind} changed: run the tests with ACCEPT=1"
    html = PAGE.read_text(encoding="utf-8")
    assert "default-src 'none'" in html
    assert not re.search(r"https?:|\bfetch\(|XMLHttpRequest|innerHTML|\beval\(", html)


def test_the_page_has_the_titles_of_the_steps() -> None:
    html = PAGE.read_text(encoding="utf-8")
    assert {int(n): title for n, title in re.findall(r'^  (\d+): "(.*)",$', html, re.MULTILINE)} == TITLES


@pytest.fixture(scope="module")
def good() -> list[Seen]:
    return page.look([
        Visit(folder=GOOD, axe=True),
        Visit(folder=PEOPLE / "good", scheme="dark", width=390, axe=True),
        Visit(folder=PEOPLE / "good", drop=True),
        Visit(folder=PEOPLE / "good", old=True),
    ])  # fmt: skip


@needs_browser
def test_a_good_case_verifies_and_nothing_is_asked_of_anybody(good: list[Seen]) -> None:
    report = verify_case(GOOD)
    assert report.checkpoint is not None
    assert f"size 8\nroot {report.checkpoint.root.hex()}\nsigner {EDITOR.actor}" in good[0].facts
    for seen in good:
        assert (seen.console, seen.requests, seen.wide) == ([], [seen.url], 0)
    for seen in good[:3]:
        assert seen.verdict == "The case verifies."
        assert [(n, state) for n, state, _ in seen.steps] == [(n, "ok") for n in range(1, 10)]


@needs_browser
def test_the_page_is_accessible_and_dark_where_asked(good: list[Seen]) -> None:
    assert good[0].axe == good[1].axe == []
    assert (good[0].colour, good[1].colour) == ("rgb(253, 253, 251)", "rgb(21, 23, 26)")


@needs_browser
def test_a_browser_without_ed25519_never_says_that_a_case_verifies(good: list[Seen]) -> None:
    old = good[3]
    assert old.verdict.startswith("Signatures were NOT checked, because this browser has no Ed25519.")
    assert [n for n, state, _ in old.steps if state == "not checked"] == [4, 5]
    assert "6 signatures" in old.steps[3][2]  # the seventh is of P-256, which every browser has


@needs_browser
def test_every_frozen_defect_is_found_at_the_same_steps() -> None:
    folders = [*sorted((SAMPLES / "must-fail").iterdir()), *sorted((PEOPLE / "must-fail").iterdir())]
    assert len(folders) > 60
    for folder, seen in zip(folders, page.look([Visit(folder=folder) for folder in folders]), strict=True):
        assert seen.failed == ours(folder), (folder.name, seen.steps)
        assert seen.verdict == "The case does NOT verify."
        assert seen.console == []


@needs_browser
def test_every_further_forgery_is_found_as_verify_py_finds_it(tmp_path: Path) -> None:
    folders = [people_case.built(tmp_path / name, lines) for name, (_, lines) in people_case.MUST_FAIL_TOO.items()]
    tsa = local_tsa.make(tmp_path / "tsa", between=True)
    for name, (_, forge) in attested_case.forgeries(tsa).items():
        folders.append(sealed_case.small(tmp_path / name))
        forge(folders[-1])
    module = sealed_case.kit_module()
    for folder, seen in zip(folders, page.look([Visit(folder=folder) for folder in folders]), strict=True):
        assert seen.failed == sealed_case.failed_by_kit(module, folder), (folder.name, seen.steps)


@needs_browser
def test_the_page_takes_a_printed_head_and_a_key(tmp_path: Path) -> None:
    case = sealed_case.small(tmp_path / "case")
    head = verify_case(case).checkpoint
    assert head is not None
    visits = [
        Visit(folder=case, head=f"3:{head.root.hex().upper()}", key=EDITOR.actor),
        Visit(folder=case, key=EDITOR.verifier.vkey),
        Visit(folder=case, head="3:" + "0" * 64),
        Visit(folder=case, head=f"2:{head.root.hex()}"),
        Visit(folder=case, key=STRANGER.actor),
        Visit(folder=case, key="nonsense"),
        Visit(folder=case, head="nonsense"),
    ]
    seen = page.look(visits)
    assert [one.failed for one in seen] == [[], [], [10], [10], [10], [10], []]
    assert [one.verdict == "The case verifies." for one in seen] == [True, True, False, False, False, False, False]
    assert seen[-1].steps == []


@needs_browser
def test_extra_files_hidden_names_and_empty_folders(tmp_path: Path) -> None:
    case = sealed_case.small(tmp_path / "case")
    (case / ".hidden").write_bytes(b"")
    empty = sealed_case.copy(case, tmp_path / "empty")
    (empty / ".hidden").unlink()
    (empty / "none").mkdir()
    none = tmp_path / "none"
    none.mkdir()
    (none / "file").write_bytes(b"")
    hidden, dropped, chosen, nothing = page.look([
        Visit(folder=case), Visit(folder=empty, drop=True), Visit(folder=empty), Visit(folder=none),
    ])  # fmt: skip
    assert hidden.failed == dropped.failed == [9]
    assert chosen.failed == []
    assert "empty folders are seen only where the folder is dropped" in chosen.steps[8][2]
    assert 2 in nothing.failed


@needs_browser
def test_a_changed_page_of_a_hostile_case_stays_text(tmp_path: Path) -> None:
    case = people_case.built(tmp_path / "case", people_case.GOOD)
    (case / "<img src=x onerror=window.pwned=1>\u202e").write_bytes(b"")
    (seen,) = page.look([Visit(folder=case)])
    assert seen.failed == [9]
    assert "<img src=x onerror=window.pwned=1>\\u202e" in seen.steps[8][2]
    assert seen.console == []


@needs_browser
def test_a_large_file_is_read_in_blocks(tmp_path: Path) -> None:
    """More than 32 MiB: the hash is the page's own."""
    from forensics.chain_of_custody import durable
    from forensics.chain_of_custody.log import Log
    from tests.chain_of_custody.sealed_case import act

    case = sealed_case.small(tmp_path / "case")
    for size in ((1 << 25) + 1, (1 << 25) + 55, (1 << 25) + 56, (1 << 25) + 64):
        content = (hashlib.shake_256(b"x").digest(1024) * 32769)[:size]
        out = durable.publish(case, f"exhibits/{size}", content)
        with Log.open(case) as log:
            log.seal([act("evidence.ingest", out=[out])], EDITOR)
    (seen,) = page.look([Visit(folder=case)])
    assert seen.verdict == "The case verifies.", seen.steps
    with (case / f"exhibits/{(1 << 25) + 55}").open("r+b") as file:
        file.seek(1 << 24)
        file.write(b"!")
    (seen,) = page.look([Visit(folder=case)])
    assert seen.failed == ours(case) == [8]
