"""``replay``: the same from the same; what differs is named; nothing leaves the process; nothing is written into a case."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from forensics import __version__, cli
from forensics.chain_of_custody import Act, Output, read_records, verify_case
from forensics.errors import CaseError, PolicyError, UsageError
from forensics.pipeline.analyze import analyze
from forensics.pipeline.comparing import compare
from forensics.pipeline.offline import no_network
from forensics.pipeline.outcome import Outcome
from forensics.pipeline.rendering import render_again
from forensics.pipeline.replay import replay
from forensics.pipeline.request import Request, assumptions
from forensics.pipeline.sealing import Sealer, signer
from tests.ingest.mapped import CSV
from tests.pipeline import march
from tests.pipeline.resealing import copied, seal_again
from tests.test_cli import valid

TABLE = "When,IP,What,Note\n2026-03-11T02:49:39Z,192.0.2.1,owned,keep\nyesterday,192.0.2.2,x,y\n"
OTHER_WORDS = ("Ask the provider when, from which address", "Ask the provider at what time, from which address")


def ran(command: list[str], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line of the package that lies in ``folder``."""
    known = {**os.environ, "PYTHONPATH": str(folder), **environment}
    known.pop("SOURCE_DATE_EPOCH", None)
    words = [sys.executable, "-m", "forensics", "-q", *command]
    return subprocess.run(words, check=False, capture_output=True, text=True, cwd=folder, env=known)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Analyse a case that has one of every sort of input, names that are no UTF-8 among them."""
    root = tmp_path_factory.mktemp("whole")
    given = root / "in"
    given.mkdir()
    (given / "table.csv").write_text(TABLE)
    (given / "again.csv").write_text(TABLE)
    shutil.copytree(march.ROOT / "samples/formats/auth_log", given / "auth")
    shutil.copytree(march.ROOT / "samples/march/evidence", given / "march")
    (given / "link").symlink_to(given / "table.csv")
    with suppress(OSError):  # a file system may insist on UTF-8
        Path(os.fsdecode(os.fsencode(given) + b"/odd\xff.csv")).write_text("a,b\n1,2\n")
    (root / "mine.toml").write_text(CSV)
    registry = shutil.copytree(march.ROOT / "samples/registry", root / "registry")
    manifest = (registry / "registry.toml").read_text()
    (registry / "registry.toml").write_text(manifest.replace('name = "', 'name = "a-first-by-name-', 1))
    (root / "keys.txt").write_text('s._domainkey.mail.example. IN TXT "v=DKIM1; k=ed25519; p=AAAA"\n')
    request = Request(
        paths=(str(given),),
        case=root / "case",
        owner=march.ROOT / "samples/march/owner.toml",
        mappings=(root / "mine.toml",),
        registries=(march.ROOT / "samples/registry", registry),
        snapshots=(march.ROOT / "samples/snapshots",),
        dkim_keys=root / "keys.txt",
        key=march.key_file(root),
        examiner=assumptions("Asia/Baku", "2020"),
        stated={"title": "whole"},
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("forensics.pipeline.analyze.SNAPSHOTS_PER_RECORD", 2)
        analyze(request)
    shutil.rmtree(given)
    shutil.rmtree(registry)
    for name in ("mine.toml", "keys.txt"):
        (root / name).unlink()
    return root / "case"


def test_the_sample_case_comes_out_the_same(outcome: Outcome, capsys: pytest.CaptureFixture[str]) -> None:
    before = march.contents(outcome.case.path)
    assert cli.run(["replay", str(outcome.case.path)]) == 0
    told = capsys.readouterr().out
    assert told.endswith("REPLAYED: the same\n")
    for name in ("findings.json", "report.html", "events/", "rejections/", "same_as.parquet", "coverage.json"):
        assert f"{name}: the same bytes  sha256 " in told
    assert march.contents(outcome.case.path) == before


def test_the_result_is_documented_json(outcome: Outcome, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["replay", str(outcome.case.path), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    valid("replay", document)
    assert (document["verified"], document["same"], document["findings"], document["reasons"]) == (True, True, [], [])
    assert document["then"] == document["now"]
    assert [item["name"] for item in document["files"]] == [
        "addresses.jsonl",
        "coverage.json",
        "events/",
        "findings.json",
        "rejections/",
        "same_as.parquet",
        "sessions.jsonl",
        "report.html",
        "report.json",
        "report.pdf",
    ]
    assert all(item["sealed"] == item["replayed"] for item in document["files"])


def test_every_sort_of_input_is_read_back_from_the_case(whole: Path) -> None:
    result = replay(whole)
    assert result.same, list(result.lines())
    assert result.sources is not None
    held = result.sources
    assert [item.format_name for item in held.mappings] == ["mapping:mine"]
    assert [item.name for item in held.taken.refused] == ["in/link"]
    assert [item.name[:3] for item in held.registries.used] == ["Pub", "Sam", "a-f"]
    assert held.owner.declares_baseline
    assert any(table.manifest.sample for table in held.snapshots)
    assert len(held.snapshots) > 4
    assert any(line.endswith("--assume-zone Asia/Baku --assume-year 2020") for line in result.lines())
    odd = [item.name for item in held.taken.exhibits if "odd" in item.name]
    assert odd in ([], ["in/odd\\udcff.csv"])


def test_report_of_a_case_with_every_input_renders_to_the_same_bytes(whole: Path, tmp_path: Path) -> None:
    again = render_again(whole, tmp_path / "again.html", "", None, None)
    assert again.read_bytes() == (whole / "report.html").read_bytes()


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/St_Johns"])
def test_time_zone_language_and_hash_seed_do_not_matter(whole: Path, tmp_path: Path, zone: str) -> None:
    moved = shutil.copytree(whole, tmp_path / "moved, elsewhere")
    for path in [moved, *moved.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    done = ran(["replay", str(moved)], march.ROOT, TZ=zone, LC_ALL="tr_TR.UTF-8", LANG="C", PYTHONHASHSEED="99")
    for path in [moved, *moved.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "REPLAYED: the same"), done.stdout + done.stderr


def test_one_bit_of_the_findings_and_nothing_is_recomputed(
    outcome: Outcome, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = copied(outcome.case.path, tmp_path / "case")
    data = bytearray((case / "findings.json").read_bytes())
    data[len(data) // 2] ^= 1
    (case / "findings.json").write_bytes(data)
    assert cli.run(["replay", str(case), "--json"]) == 4
    told = capsys.readouterr()
    document = json.loads(told.out)
    valid("replay", document)
    assert (document["verified"], document["same"], document["files"]) == (False, False, [])
    assert "findings.json" in document["failed_steps"][0]["detail"]
    assert "does not verify: nothing was recomputed" in told.err
    assert cli.run(["replay", str(case)]) == 4
    assert capsys.readouterr().out.endswith("NOT REPLAYED: the case does not verify\n")


def test_a_tampered_finding_sealed_again_verifies_and_is_named(
    outcome: Outcome, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = copied(outcome.case.path, tmp_path / "case")
    document = json.loads((case / "findings.json").read_text())
    rows = document["findings"]
    rows[0]["statement"] = "Nothing\u202e happened."
    rows[0]["facts"]["events"] = 0
    gone = rows.pop(2)
    rows[-1]["id"] = "F-99"
    (case / "findings.json").write_text(json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n")
    seal_again(case)
    assert verify_case(case).ok
    assert cli.run(["replay", str(case), "--json"]) == 4
    told = json.loads(capsys.readouterr().out)
    valid("replay", told)
    found = {item["id"]: item for item in told["findings"]}
    assert found[rows[0]["id"]]["change"] == "changed"
    assert [item["field"] for item in found[rows[0]["id"]]["fields"]] == ["facts.events", "statement"]
    assert found[gone["id"]]["change"] == "added"
    assert found["F-99"]["change"] == "renumbered"
    states = {item["name"]: item["state"] for item in told["files"]}
    assert states.pop("findings.json") == "different"
    assert states.pop("report.pdf") == "different", "it has the findings attached"
    assert set(states.values()) == {"same"}
    assert "changed before it was sealed" in told["reasons"][-1]
    assert cli.run(["replay", str(case)]) == 4
    words = capsys.readouterr().out
    assert "\u202e" not in words
    assert f"finding {rows[0]['id']} (" in words


def test_a_row_taken_out_of_the_events_and_sealed_again_is_named(outcome: Outcome, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    case = copied(outcome.case.path, tmp_path / "case")
    (part,) = (case / "events").glob("part-*.parquet")
    table = pq.read_table(part)
    pq.write_table(table, part, compression="none")
    seal_again(case)
    states = {item.name: item.state for item in replay(case).files}
    assert states.pop("events/") == "same_rows"
    assert set(states.values()) == {"same"}
    assert replay(case).same
    pq.write_table(table.slice(0, table.num_rows - 1), part)
    seal_again(case)
    result = replay(case)
    assert not result.same
    (events,) = [item for item in result.files if item.name == "events/"]
    assert events.detail == f"1 rows differ, the first is row {table.num_rows:,}"
    part.write_bytes(b"no table")
    (events,) = compare({part_name(part): ""}, case, {part_name(part): "x"}, outcome.case.path)
    assert "cannot be read" in events.detail


def part_name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def older(act: Act) -> Act:
    """Make an act as versions wrote it that did not yet record by what they computed."""
    kept = {key: value for key, value in act.subject.items() if key not in ("tool_digest", "libraries")}
    return replace(act, subject=kept)


def test_a_case_that_records_less_is_replayed_and_what_it_lacks_is_told(whole: Path, tmp_path: Path) -> None:
    case = copied(whole, tmp_path / "case")
    seal_again(case, older)
    result = replay(case)
    assert result.same
    assert result.then is not None
    assert (result.then.digest, dict(result.then.libraries)) == ("", {})

    def nameless(act: Act) -> Act:
        old = older(act)
        return replace(old, subject={key: value for key, value in old.subject.items() if key != "name"})

    again = copied(whole, tmp_path / "again")
    seal_again(again, lambda act: nameless(act) if "public keys" in str(act.subject.get("text")) else act)
    assert replay(again).lacking == ("the case does not say what the file in dkim-keys.txt was called",)


def test_acts_after_the_analysis_change_nothing(outcome: Outcome, tmp_path: Path) -> None:
    case = copied(outcome.case.path, tmp_path / "case")
    shutil.copy(march.key_file(tmp_path), tmp_path / "key")
    with Sealer.reopen(type(outcome.case).open(case), signer(tmp_path / "key", None)) as sealer:
        sealer.record("note", {"text": "read aloud in court"})
        (tmp_path / "late.csv").write_text("a,b\n")
        late = sealer.case.take_in(tmp_path / "late.csv", "late.csv")
        sealer.ingest([late])
    result = replay(case)
    assert result.same
    assert result.analysis is not None
    assert [text.partition(": ")[2] for text in result.analysis.since] == [
        "note read aloud in court",
        "evidence.ingest late.csv",
    ]
    with Sealer.reopen(sealer.case, signer(tmp_path / "key", None)) as sealer:
        sealer.case.write("owner.toml", b"[owner]\n")
        sealer.record("owner.declare", {"declared": False}, ["owner.toml"])
    with pytest.raises(CaseError, match=r"owner\.toml was replaced after the last analysis"):
        replay(case)


def test_what_is_not_in_the_case_is_named(outcome: Outcome, tmp_path: Path) -> None:
    case = copied(outcome.case.path, tmp_path / "case")
    first = next(record.act for record in read_records(case) if record.act.action == "evidence.ingest")
    referred = {**first.subject, "copy": "reference"}
    digest = str(first.subject["sha256"])
    key = seal_again(case, lambda act: replace(act, subject=referred, out=[]) if act.subject == first.subject else act)
    assert not verify_case(case).ok  # the copy lies there and no act names it
    (case / "exhibits" / digest).unlink()
    assert verify_case(case).ok
    with pytest.raises(CaseError, match="taken by reference"):
        replay(case)
    redacted = copied(outcome.case.path, tmp_path / "redacted")
    with Sealer.reopen(type(outcome.case).open(redacted), signer(march.key_file(tmp_path), None)) as sealer:
        (redacted / "exhibits" / digest).unlink()
        act = Act(
            action="disclosure.redact",
            actor=sealer.identity.actor,
            time=first.time,
            subject={"name": str(first.subject["name"])},
            gone=[f"exhibits/{digest}"],
        )
        sealer.log.seal([act], sealer.identity)
    assert verify_case(redacted).ok
    with pytest.raises(CaseError, match=f"{first.subject['name']} is no longer in the case"):
        replay(redacted)
    assert key.is_file()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [({"sha256": "../case.toml"}, "is not in the case"), ({"bytes": "many"}, "does not say which exhibit")],
)
def test_a_log_of_another_hand_opens_no_file_outside_the_case(
    outcome: Outcome, tmp_path: Path, wrong: dict[str, str], told: str
) -> None:
    case = copied(outcome.case.path, tmp_path / "case")

    def other(act: Act) -> Act:
        return replace(act, subject={**act.subject, **wrong}) if act.action == "evidence.ingest" else act

    with suppress(CaseError):  # its report cannot be rendered again either
        seal_again(case, other)
    assert verify_case(case).ok
    with pytest.raises(CaseError, match=told):
        replay(case)


def test_an_interrupted_analysis_has_nothing_to_compare(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.csv").write_text(TABLE)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("forensics.pipeline.derivation.judged_case", interrupted)
    assert cli.run(["analyze", str(tmp_path / "a.csv"), "--case", str(tmp_path / "case")]) == 130
    assert cli.run(["replay", str(tmp_path / "case")]) == 3
    assert "no finished analysis" in capsys.readouterr().err
    assert cli.run(["replay", str(tmp_path / "nothing")]) == 3
    assert "not a case folder" in capsys.readouterr().err


def test_what_was_recomputed_can_be_kept_outside_the_case(outcome: Outcome, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    assert replay(outcome.case.path, keep=kept).same
    assert (kept / "report.html").read_bytes() == (outcome.case.path / "report.html").read_bytes()
    assert not (kept / "exhibits").exists()
    with pytest.raises(UsageError, match="already something here"):
        replay(outcome.case.path, keep=kept)
    with pytest.raises(UsageError, match="nothing may be added to a sealed case"):
        replay(outcome.case.path, keep=outcome.case.path / "kept")
    assert verify_case(outcome.case.path).ok


def changed_tool(folder: Path, *changes: tuple[str, str, str]) -> Path:
    """Copy the tool and change its sources: (file, text, other text)."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(march.ROOT / "forensics", folder / "forensics", ignore=ignored)
    for name, old, new in changes:
        path = folder / "forensics" / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
    return folder


NEWER = ("__init__.py", f'__version__ = "{__version__}"', '__version__ = "9.9.9"')
REWORDED = ("attribution/deed_findings.py", *OTHER_WORDS)


def test_a_newer_version_that_comes_to_the_same_makes_the_same_bytes(outcome: Outcome, tmp_path: Path) -> None:
    done = ran(["replay", str(outcome.case.path)], changed_tool(tmp_path, NEWER))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"version 9.9.9 (case: {__version__})" in done.stdout


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ((NEWER, REWORDED), f"version: the case was analysed by version {__version__}, this is 9.9.9"),
        (
            (REWORDED,),
            "tool: this tool calls itself the same version, and its files are not those that analysed the case",
        ),
    ],
)
def test_a_changed_tool_says_which_findings_differ_and_why(
    outcome: Outcome, tmp_path: Path, changes: tuple[tuple[str, str, str], ...], reason: str
) -> None:
    done = ran(["replay", str(outcome.case.path), "--json"], changed_tool(tmp_path, *changes))
    assert done.returncode == 4, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    valid("replay", told)
    assert {item["kind"] for item in told["findings"]} == {"data_export"}
    assert {one["field"] for item in told["findings"] for one in item["fields"]} == {"challenge"}
    assert told["reasons"][0].startswith(reason)
    assert not any("please report" in text for text in told["reasons"])


def test_a_snapshot_that_the_tool_lost_is_named_and_can_be_given(outcome: Outcome, tmp_path: Path) -> None:
    tool = changed_tool(tmp_path / "tool")
    (lost,) = (tool / "forensics/enrichment/data").glob("asn-2026*")
    shutil.move(lost, tmp_path / "mine")
    done = ran(["replay", str(outcome.case.path)], tool)
    assert "lacking: snapshot " in done.stdout
    done = ran(["replay", str(outcome.case.path), "--snapshot", str(tmp_path / "mine")], tool)
    assert (done.returncode, "lacking" in done.stdout) == (0, False), done.stdout + done.stderr


def listening() -> socket.socket:
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen()
    server.settimeout(0)
    return server


LEAVING: dict[str, Callable[[socket.socket, Any], object]] = {
    "connect": lambda client, address: client.connect(address),
    "look up a name": lambda *_: socket.getaddrinfo("localhost", 80),
    "make a socket": lambda *_: socket.socket(),
    "run a program": lambda *_: subprocess.run(["true"], check=False),
    "run a shell": lambda *_: os.system("true"),  # noqa: S605 - must be refused
}


@pytest.mark.parametrize("way", LEAVING)
def test_nothing_leaves_the_process_while_the_guard_stands(way: str) -> None:
    with listening() as server, socket.socket() as client:
        with pytest.raises(PolicyError, match="was refused"), no_network():
            LEAVING[way](client, server.getsockname())
        with pytest.raises(BlockingIOError):
            server.accept()
        client.connect(server.getsockname())  # afterwards it may again
        server.settimeout(5)
        server.accept()[0].close()


def test_sealed_answers_lie_where_a_judgement_finds_them(outcome: Outcome, tmp_path: Path) -> None:
    case = copied(outcome.case.path, tmp_path / "case")
    (case / "answers").mkdir()
    (case / "answers" / "raw.json").write_bytes(b"{}\n")

    def with_answer(act: Act) -> Act:
        answer = Output(path="answers/raw.json", bytes=0, sha256="0" * 64)
        return replace(act, out=[*act.out, answer]) if act.action == "owner.declare" else act

    seal_again(case, with_answer)
    result = replay(case, keep=tmp_path / "kept")
    assert result.same
    assert (tmp_path / "kept" / "answers" / "raw.json").read_bytes() == b"{}\n"
    assert "answers" not in " ".join(item.name for item in result.files)


def test_a_connection_that_a_format_tries_and_swallows_is_told(whole: Path, tmp_path: Path) -> None:
    with listening() as server:
        port = server.getsockname()[1]
        code = f"""'One module per format.'
import contextlib
import socket

with contextlib.suppress(Exception):
    socket.create_connection(("127.0.0.1", {port}), 1).close()
"""
        tool = changed_tool(tmp_path)
        (tool / "forensics/ingest/formats/__init__.py").write_text(code)
        done = ran(["replay", str(whole)], tool)
        assert done.returncode == 6, done.stdout + done.stderr
        assert "tried to leave this process" in done.stderr
        with pytest.raises(BlockingIOError):
            server.accept()
