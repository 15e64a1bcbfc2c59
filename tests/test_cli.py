"""The command line: documented JSON, exit statuses, bad input told with place and next step, nothing heavy at start."""

from __future__ import annotations

import functools
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import referencing
import typer

from forensics import __version__, cli
from forensics.case import CaseFolder
from forensics.chain_of_custody import Log
from forensics.pipeline.outcome import Outcome
from tests.pipeline import march

SCHEMAS = march.ROOT / "docs" / "schemas"
SPECIMENS = Path(os.environ.get("FORENSICS_SPECIMENS", march.ROOT.parent / "shared" / "specimens"))
ROW = b"Gaia ID,Activity Timestamp,IP Address\r\n1,2020-03-11 00:43:10 UTC,203.0.113.45\r\n"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(name="forensics")
def _forensics(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run a command in this process; return exit status, stdout, stderr."""
    monkeypatch.setenv("FORENSICS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("FORENSICS_KEY", raising=False)

    def run(*words: object) -> tuple[int, str, str]:
        status = cli.run([str(word) for word in words])
        told = capsys.readouterr()
        return status, told.out, told.err

    return run


@functools.cache
def _registry() -> referencing.Registry[Any]:
    held = {path.name: json.loads(path.read_text()) for path in SCHEMAS.glob("*.json")}
    return referencing.Registry().with_resources(
        (name, referencing.Resource.from_contents(document)) for name, document in held.items()
    )


def valid(name: str, value: object) -> None:
    schema = json.loads((SCHEMAS / f"{name}.json").read_text())
    jsonschema.Draft202012Validator(schema, registry=_registry()).validate(value)


@pytest.mark.parametrize(
    ("command", "schema"), [("addresses", "address"), ("findings", "finding"), ("sessions", "session")]
)
def test_tables_are_documented_json(forensics: Run, outcome: Outcome, command: str, schema: str) -> None:
    status, out, _ = forensics(command, outcome.case.path, "--format", "json")
    assert status == 0
    assert forensics(command, outcome.case.path, "--json")[1] == out
    rows = json.loads(out)
    assert rows
    for row in rows:
        valid(schema, row)


def test_timeline_is_documented_json_lines_in_time_order(forensics: Run, outcome: Outcome) -> None:
    status, out, _ = forensics("timeline", outcome.case.path, "--format", "jsonl")
    rows = [json.loads(line) for line in out.splitlines()]
    assert status == 0
    assert len(rows) == outcome.inputs.coverage.events
    for row in rows[:50] + rows[-50:]:
        valid("event", row)
    times = [row["time"] for row in rows if row["time"]]
    assert times == sorted(times)
    columns = list(json.loads((SCHEMAS / "event.json").read_text())["properties"])
    assert list(rows[0]) == columns, "columns come in the published order"


def test_a_fact_told_twice_is_linked_not_deleted_and_counted_once(forensics: Run, outcome: Outcome) -> None:
    rows = [json.loads(line) for line in forensics("timeline", outcome.case.path, "--format", "jsonl")[1].splitlines()]
    repeated = [row for row in rows if row["same_as"]]
    told = {row["event_id"]: row for row in rows}
    ledger = json.loads(forensics("coverage", outcome.case.path, "--format", "json")[1])
    assert len(repeated) == ledger["repeated"] > 0
    assert sum(row["facts"] for row in ledger["map"]) == len(rows) - len(repeated)
    for row in repeated:
        leading = told[row["same_as"]]
        assert not leading["same_as"]
        assert (row["provider"], row["action"], row["address"]) == tuple(
            leading[key] for key in ("provider", "action", "address")
        )


def test_coverage_map_adds_up_and_shows_what_the_provider_does_not_have(forensics: Run, outcome: Outcome) -> None:
    ledger = json.loads(forensics("coverage", outcome.case.path, "--format", "json")[1])
    totals = ledger["totals"]
    assert totals["rows"] == totals["events"] + totals["rejections"] + totals["unused"]
    for key in ("rows", "events", "rejections"):
        assert totals[key] == sum(member[key] for member in ledger["members"])
    assert totals["events"] == sum(row["events"] for row in ledger["map"])
    silent = [row for row in ledger["map"] if row["status"] == "no_data"]
    assert [row["provider"] for row in silent] == ["facebook", "whatsapp"]
    assert "no data" in forensics("coverage", outcome.case.path)[1]
    report = (outcome.case.path / "report.html").read_text(encoding="utf-8")
    covered = report[report.index("What the evidence covers") :]
    assert (
        covered.index("Google Takeout: access log") < covered.index("whatsapp") < covered.index("Rows not understood")
    )


def test_an_address_that_only_failed_never_opened_an_account(forensics: Run, tmp_path: Path) -> None:
    line = "2020-03-11T04:5{}:07+04:00 host sshd[123]: {} password for {} from {} port 50022 ssh2\n"
    log = line.format(8, "Failed", "invalid user admin", "203.0.113.99") + line.format(
        9, "Accepted", "editor", "203.0.113.45"
    )
    (tmp_path / "auth.log").write_text(log)
    (tmp_path / "owner.toml").write_text('[owner]\naddresses = ["192.0.2.14"]\n')
    words = (
        "analyze",
        tmp_path / "auth.log",
        "--owner",
        tmp_path / "owner.toml",
        "--case",
        tmp_path / "case",
        "--json",
    )
    found = json.loads(forensics(*words)[1])
    assert found["coverage"]["events"] == 2
    said = [item["statement"] for item in found["findings"] if item["kind"] == "unexplained_session"]
    assert len(said) == 1
    assert "203.0.113.45" in said[0]
    roles = {row["address"]: row["role"] for row in found["addresses"]}
    assert roles == {"203.0.113.99": "unknown", "203.0.113.45": "unexplained"}


def test_a_list_of_devices_says_no_account_was_opened(forensics: Run, tmp_path: Path) -> None:
    rows = (
        "Device Name,Device Added Date,Device Serial Number,Device Last Heartbeat Timestamp,Device Last Heartbeat IP\n"
    )
    rows += "phone,2020-01-04 09:15:00,AAAA1111BBBB,2020-03-11 00:58:07,203.0.113.45\n"
    (tmp_path / "devices.csv").write_text(rows)
    (tmp_path / "owner.toml").write_text('[owner]\naddresses = ["192.0.2.14"]\n')
    words = (
        "analyze",
        tmp_path / "devices.csv",
        "--owner",
        tmp_path / "owner.toml",
        "--case",
        tmp_path / "case",
        "--json",
    )
    found = json.loads(forensics(*words)[1])
    (said,) = [item["statement"] for item in found["findings"] if item["kind"] == "unexplained_session"]
    assert said.startswith("203.0.113.45 is an address of records of use at apple")
    assert "The account was opened" not in said
    (row,) = found["addresses"]
    assert (row["first"], row["at"]) == ("2020-03-11T00:58:07+00:00", "2020-03-11"), (
        "of the last use, not of the list's start"
    )
    (link,) = [item["statement"] for item in found["findings"] if item["kind"] == "registry_link"]
    assert link.startswith("203.0.113.45 (in use at 2020-03-11 00:58:07 UTC)")


def test_guides_and_formats(forensics: Run) -> None:
    status, out, _ = forensics("guide", "google")
    assert status == 0
    assert "takeout.google.com" in out
    assert forensics("guide", "no-such-provider")[0] == 2
    valid("guide", json.loads(forensics("guide", "gmail", "--json")[1]))


def test_other_documents_are_as_published(forensics: Run, outcome: Outcome) -> None:
    case = outcome.case.path
    valid("coverage", json.loads(forensics("coverage", case, "--format", "json")[1]))
    valid("case", json.loads(forensics("case", "show", case, "--json")[1]))
    valid("verification", json.loads(forensics("verify", case, "--json")[1]))
    for schema, command in {
        "act": ("custody", "log", case),
        "format": ("formats",),
        "snapshot": ("data", "list"),
        "snapshot_check": ("data", "verify"),
    }.items():
        for row in json.loads(forensics(*command, "--format", "json")[1]):
            valid(schema, row)
    for row in json.loads(forensics("lookup", "85.132.24.10", "2001:db8::1", "--at", "2020-03-17", "--json")[1]):
        valid("lookup", row)


def test_version_and_licences_need_no_command(forensics: Run) -> None:
    version = (0, f"forensics {__version__}\n", "")
    assert forensics("--version") == version
    status, out, _ = forensics("--version", "--licences")
    assert status == 0
    rows = json.loads(forensics("data", "list", "--json")[1])
    assert out == f"{version[1]}forensics: Apache-2.0\n" + "".join(
        f"{row['id']}: {row['licence']}; {row['attribution']}\n" for row in rows
    )
    assert forensics("--plain")[0] == 2


def test_snapshots_are_listed_within_80_columns(forensics: Run) -> None:
    lines = [line.split("\t") for line in forensics("data", "list")[1].splitlines()]
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    assert sum(widths) + 2 * len(widths) <= 80
    assert lines[0] == ["id", "tells", "as_of", "rows_v4", "rows_v6", "licence"]
    assert ["asn-2026-09-16", "AS", "2026-09-16", "404043", "97056", "PDDL-1.0"] in lines


def test_a_damaged_snapshot_does_not_verify(forensics: Run, tmp_path: Path) -> None:
    folder = shutil.copytree(march.ROOT / "samples" / "snapshots", tmp_path / "s")
    status, out, err = forensics("data", "verify", "--snapshot", folder)
    assert (status, out.count("\nok\t")) == (0, 21)
    assert "tools/build_snapshots.py --check" in err
    table = folder / "sample-2020-09-01" / "v6.parquet"
    table.write_bytes(table.read_bytes() + b"x")
    (folder / "sample-2019-12-01" / "manifest.json").write_text("{")
    status, out, err = forensics("data", "verify", "--snapshot", folder)
    assert (status, out.count("\nok\t"), out.count("\ndamaged\t")) == (4, 19, 2)
    assert "sample-2020-09-01/v6.parquet: snapshot table is damaged" in err
    assert "sample-2019-12-01/manifest.json: manifest cannot be read" in err
    assert forensics("data", "verify", "--snapshot", tmp_path / "none")[0] == 3


def test_a_dry_run_is_documented_json(forensics: Run, tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("When,IP\nyesterday,192.0.2.2\n")
    (tmp_path / "empty.json").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "table.csv")
    samples = [march.ROOT / "samples" / "formats" / name for name in ("auth_log", "linkedin_logins", "telegram_json")]
    status, out, _ = forensics("analyze", tmp_path, *samples, "--explain", "--json")
    assert status == 0
    told = json.loads(out)
    valid("explanation", told)
    assert {"read", "unrecognised", "refused"} <= {item["status"] for item in told["files"]}
    for item in told["files"]:
        counts = item["counts"]
        assert not counts or counts["rows"] == counts["events"] + counts["rejections"] + counts["unused"]


@pytest.mark.parametrize("form", ["table", "csv"])
@pytest.mark.parametrize("command", ["timeline", "sessions", "addresses", "findings", "coverage"])
def test_tables_print_in_every_form(forensics: Run, outcome: Outcome, command: str, form: str) -> None:
    status, out, _ = forensics(command, outcome.case.path, "--format", form)
    assert status == 0
    assert len(out.splitlines()) > 1


def test_analyze_json_is_documented_and_adds_up(forensics: Run, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(ROW)
    status, out, _ = forensics("analyze", tmp_path / "a.csv", "--case", tmp_path / "case", "--json")
    assert status == 0
    result = json.loads(out)
    valid("analysis", result)
    coverage = result["coverage"]
    assert coverage["rows"] == coverage["events"] + coverage["rejections"] + coverage["unused"] == 1
    assert Path(result["report"]).exists()


def test_real_specimens(forensics: Run, tmp_path: Path) -> None:
    if not SPECIMENS.is_dir():
        pytest.skip(f"no specimens at {SPECIMENS.name}: set FORENSICS_SPECIMENS")
    log, mails = SPECIMENS / "weblog-apache" / "apache_access.log", SPECIMENS / "mail-real"
    status, out, _ = forensics("analyze", log, mails, "--case", tmp_path / "real", "--json")
    result = json.loads(out)
    assert status == 0
    valid("analysis", result)
    members = {item["name"].rsplit("/", 1)[-1]: item for item in result["coverage"]["members"]}
    assert (members["apache_access.log"]["rows"], members["apache_access.log"]["events"]) == (15, 15)
    assert members["sample-nonspam.txt"]["status"] == members["sample-spam.txt"]["status"] == "read"
    addresses = {row["address"]: row for row in result["addresses"]}
    assert addresses["120.202.255.147"]["country"] == "CN"
    assert addresses["46.118.127.106"]["origin_as"] == "AS15895"
    assert addresses["199.172.62.20"]["gap_days"] > 0, "a mail of 2001 is told with the distance of the data"
    hops = [
        json.loads(line)
        for line in forensics("timeline", tmp_path / "real", "--format", "jsonl")[1].splitlines()
        if '"Received, hop' in line
    ]
    assert [row["detail"]["hop"] for row in hops] == list(range(1, 9)), "hops come in the order of travel"


def test_registry_lookup_says_what_is_unknown(forensics: Run) -> None:
    status, out, _ = forensics("registry", "lookup", "85.132.78.164", "--at", "2017-03-01", "--json")
    answer = json.loads(out)
    (match,) = [item for item in answer["matches"] if item["ring"] == "exact"]
    assert (status, match["window"]) == (0, "unknown")
    assert match["record"]["published_at"] == "2017-03-10"
    assert any("Amnesty International" in source["citation"] for source in match["sources"])
    valid("registry_lookup", answer)
    later = json.loads(forensics("registry", "lookup", "85.132.78.164", "--at", "2026-01-01", "--json")[1])
    (match,) = [item for item in later["matches"] if item["ring"] == "exact"]
    assert match["gap_days"] == -3219
    assert "nothing on record covers 2026-01-01" in later["says"].lower()


def paths_of(group: Any, before: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    below = [(*before, name) for name in group.commands]
    inner = [
        path
        for name, item in group.commands.items()
        if hasattr(item, "commands")
        for path in paths_of(item, (*before, name))
    ]
    return below + inner


def test_a_command_that_is_built_alone_is_the_same_as_among_all() -> None:
    whole = typer.main.get_command(cli.app)
    paths = paths_of(whole)
    assert {("report",), ("registry",), ("registry", "import"), ("custody", "log")} <= set(paths)
    for path in paths:
        words = ["--plain", *path, "--help"]
        alone: Any = typer.main.get_command(cli.narrowed(cli.app, words))
        assert [*alone.commands] == [path[0]]
        both = []
        for group in (whole, alone):
            item: Any = group
            context = typer.Context(group, info_name="forensics")
            for name in path:
                item = item.commands[name]
                context = typer.Context(item, info_name=name, parent=context)
            both.append(item.get_help(context))
        assert both[0] == both[1]


@pytest.mark.parametrize("words", [[], ["--help"], ["nothing"], ["--plain", "--", "nothing"]])
def test_where_no_command_is_named_all_are_built(words: list[str]) -> None:
    assert cli.narrowed(cli.app, words) is cli.app


def test_an_option_before_a_command_takes_no_value() -> None:
    """What is built alone is found as the first word that is no option; a value there would be taken for it."""
    root: Any = typer.main.get_command(cli.app)
    groups = [root, *(item for item in root.commands.values() if hasattr(item, "commands"))]
    assert all(option.is_flag for group in groups for option in group.params)


def test_help_is_fast_because_it_loads_no_engine() -> None:
    code = (
        "import sys\nfrom forensics.cli import run\nrun(['--help'])\n"
        "print([name for name in ('duckdb','pyarrow','numpy','cryptography','jinja2','rich','dns') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=march.ROOT)
    assert done.stdout.splitlines()[-1] == "[]"


def test_verify_loads_no_engine(outcome: Outcome) -> None:
    code = (
        "import sys\nfrom forensics.cli import run\nassert run(['verify', sys.argv[1]]) == 0\n"
        "print([name for name in ('duckdb','pyarrow','numpy','jinja2','rich') if name in sys.modules])"
    )
    command = [sys.executable, "-c", code, str(outcome.case.path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=march.ROOT)
    assert done.stdout.splitlines()[-1] == "[]"


ENGINES = ("duckdb", "pyarrow", "numpy")
STAGES = tuple(f"forensics.{name}" for name in ("ingest", "enrichment", "attribution", "report", "chain_of_custody"))
READING = ("forensics.ingest.driver", "forensics.ingest.archive", "forensics.ingest.format", "forensics.ingest.mapping")
ASKING = (
    "forensics.enrichment.asking",
    "forensics.enrichment.transports",
    "forensics.pipeline.online",
    "dns",
    "ipwhois",
)
FOREIGN = ("networkx", "cryptography", "rich", "sqlalchemy", "babel", "pyhanko", "xlsxwriter")
SPARED = {
    "version": (*ENGINES, *STAGES, *FOREIGN, "jinja2", "msgspec", "forensics.pipeline"),
    "html": (*FOREIGN, *READING, *ASKING, "typst"),
    "pdf": (*FOREIGN, *READING, *ASKING, "jinja2"),
    "import": (
        *ENGINES,
        *ASKING,
        "forensics.chain_of_custody",
        "cryptography",
        "jinja2",
        "msgspec",
        "networkx",
        "rich",
    ),
}


@pytest.mark.parametrize("command", SPARED)
def test_a_command_loads_nothing_heavy_that_it_does_not_use(command: str, outcome: Outcome, tmp_path: Path) -> None:
    """Loading took two thirds of a short command's time; which modules, not how long, is what a test can hold."""
    listed = tmp_path / "list.txt"
    listed.write_text("203.0.113.7\n", encoding="utf-8")
    case, out = str(outcome.case.path), str(tmp_path / "out")
    words = {
        "version": ["--version"],
        "html": ["report", case, "--output", out],
        "pdf": ["report", case, "--format", "pdf", "--output", out],
        "import": ["registry", "import", str(listed), "--registry", f"{out}.sqlite", "--source-date", "2024-01-01"],
    }
    code = (
        "import sys\nfrom forensics.cli import run\nassert run(sys.argv[1:]) == 0\n"
        "print(*sorted(sys.modules), sep='\\n', file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words[command]], capture_output=True, text=True, check=True, cwd=march.ROOT
    )
    loaded = set(done.stderr.split())
    assert "forensics.cli" in loaded
    assert sorted(loaded & set(SPARED[command])) == []
    plugged = ("forensics.ingest.formats.", "forensics.enrichment.sources.")
    assert [name for name in sorted(loaded) if name.startswith(plugged)] == []


def zipped(**members: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        for name, data in members.items():
            made.writestr(name, data)
    return target.getvalue()


def encrypted(data: bytes) -> bytes:
    changed = bytearray(data)
    for at in (changed.find(b"PK\x03\x04") + 6, changed.find(b"PK\x01\x02") + 8):
        changed[at] |= 1
    return bytes(changed)


BAD: dict[str, tuple[bytes, str]] = {
    "cut.zip": (zipped(a=ROW)[:-20], "damaged zip archive"),
    "locked.zip": (encrypted(zipped(a=ROW)), "encrypted member: decrypt"),
    "climb.zip": (zipped(**{"../a": ROW}), "climbs out of the archive"),
    "empty.json": (b"", "empty file"),
    "unknown.bin": (b"\x00\x01\x02 nothing we know", "no format recognises it"),
    "cut.json": (
        b'{"account_activity": [{"action": "Login", "timestamp": 1583887350, "ip_address": "1',
        "the file ends",
    ),
    "long.log": (b'192.0.2.1 - - [04/Mar/2019:11:31:00 +0400] "GET /' + b"a" * 10_000_000, "10,"),
}


@pytest.mark.parametrize("name", sorted(BAD))
def test_bad_input_is_told_and_everything_else_is_read(forensics: Run, tmp_path: Path, name: str) -> None:
    data, told = BAD[name]
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_bytes(data)
    (tmp_path / "in" / "good.csv").write_bytes(ROW)
    if name == "long.log":
        line = b'192.0.2.9 - - [04/Mar/2019:11:32:00 +0400] "GET / HTTP/1.1" 200 1\n'
        (tmp_path / "in" / name).write_bytes(line + data + b"\n" + line)
    status, out, err = forensics("analyze", tmp_path / "in", "--case", tmp_path / "case")
    assert status == 0
    whole = forensics("coverage", tmp_path / "case", "--format", "json")[1] + out + err
    assert told in whole, whole
    assert "Traceback" not in whole
    _, out, _ = forensics("timeline", tmp_path / "case", "--format", "jsonl")
    assert "203.0.113.45" in out
    assert forensics("verify", tmp_path / "case")[0] == 0
    strict = forensics("analyze", tmp_path / "in", "--case", tmp_path / "strict", "--strict")[0]
    assert strict == (0 if name == "empty.json" else 5)


def test_nothing_recognised_is_exit_3_with_a_next_step(forensics: Run, tmp_path: Path) -> None:
    for number in range(7):
        (tmp_path / f"{number}.bin").write_bytes(b"\x00nothing%d" % number)
    status, _, err = forensics("analyze", *tmp_path.glob("*.bin"), "--case", tmp_path / "case")
    assert status == 3
    assert "forensics formats" in err
    assert "and 2 more" in err
    assert forensics("verify", tmp_path / "case")[0] == 0, "what was received is sealed even so"


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("analyze", "no-such-file"), 3, "no such file"),
        (("analyze",), 2, "Missing argument"),
        (("nonsense",), 2, "No such command"),
        (("verify", "no-such-folder"), 3, "no such folder"),
        (("timeline", "."), 3, "not a case"),
        (("lookup", "999.1.1.1"), 2, "999.1.1.1"),
        (("lookup", "192.0.2.1", "--at", "yesterday"), 2, "no date"),
        (("registry", "lookup", "192.0.2"), 2, "192.0.2"),
        (("findings", ".", "--format", "xml"), 2, "none of"),
        (("keys", "show", "no-such-key"), 2, "key"),
        (("keys", "new", "k.pem", "--no-passphrase", "--name", "Jane Doe"), 2, "cannot stand in a key: 'Jane Doe'"),
        (("verify", ".", "--expect-root", "²:abc"), 2, "not SIZE:ROOT"),
    ],
)
def test_mistakes_end_with_their_documented_status(
    forensics: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], status: int, told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    found, out, err = forensics(*words)
    assert found == status, out + err
    assert told in out + err
    assert "Traceback" not in err


def test_a_folder_that_is_taken_is_refused(forensics: Run, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(ROW)
    (tmp_path / "case").mkdir()
    (tmp_path / "case" / "mine.txt").write_text("keep")
    status, _, err = forensics("analyze", tmp_path / "a.csv", "--case", tmp_path / "case")
    assert status == 3
    assert "already something here" in err
    assert (tmp_path / "case" / "mine.txt").read_text() == "keep"


def test_a_case_in_use_is_told(forensics: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORENSICS_PASSPHRASE", "x")
    forensics("keys", "new")
    (tmp_path / "a.csv").write_bytes(ROW)
    forensics("analyze", tmp_path / "a.csv", "--case", tmp_path / "case")
    with Log.open(tmp_path / "case"):
        status, _, err = forensics("report", tmp_path / "case")
    assert status == 3
    assert "in use by another process" in err
    assert forensics("verify", tmp_path / "case")[0] == 0


def test_the_root_that_a_report_prints_can_be_given(forensics: Run, outcome: Outcome) -> None:
    printed = outcome.view.checkpoint
    assert printed is not None
    case, root = outcome.case.path, f"{printed.size}:{printed.root}"
    assert forensics("verify", case, "--expect-root", root)[0] == 0
    assert forensics("verify", case, "--expect-root", f"{printed.size}:{'A' * 43}=")[0] == 4
    assert forensics("verify", case, "--expect-root", "nonsense")[0] == 2


def test_tampering_is_exit_4_with_the_place(forensics: Run, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(ROW)
    forensics("analyze", tmp_path / "a.csv", "--case", tmp_path / "case")
    with (tmp_path / "case" / "findings.json").open("ab") as stream:
        stream.write(b" ")
    status, out, _ = forensics("verify", tmp_path / "case")
    assert status == 4
    assert "findings.json" in out
    assert "DOES NOT VERIFY" in out


def test_symbolic_links_are_refused_by_name(forensics: Run, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_bytes(ROW)
    (tmp_path / "in" / "link").symlink_to("/etc/hostname")
    status, _, err = forensics("analyze", tmp_path / "in", "--case", tmp_path / "case")
    assert status == 0
    assert "symbolic link: not followed" in err


def test_full_disk_is_told_and_leaves_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(ROW * 1 + b"1,2020-03-11 00:43:11 UTC,203.0.113.45\r\n" * 60_000)
    code = (
        "import resource, signal, sys\nfrom forensics.cli import run\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"
        "sys.exit(run(['analyze', sys.argv[1], '--case', sys.argv[2]]))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "a.csv"), str(tmp_path / "case")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=march.ROOT)
    assert done.returncode == 3, done.stderr
    assert "cannot write the case" in done.stderr
    assert "Traceback" not in done.stderr


def test_interruption_leaves_a_case_that_verifies(
    forensics: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.csv").write_bytes(ROW)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("forensics.pipeline.derivation.judged_case", interrupted)
    assert forensics("analyze", tmp_path / "a.csv", "--case", tmp_path / "case")[0] == 130
    status, out, _ = forensics("verify", tmp_path / "case")
    assert status == 0, out
    assert "not completed" in forensics("custody", "log", tmp_path / "case")[1]


def test_a_killed_analysis_can_be_recovered(forensics: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORENSICS_PASSPHRASE", "x")
    forensics("keys", "new")
    (tmp_path / "a.csv").write_bytes(ROW)
    code = (
        "import os, signal\nfrom forensics.cli import run\nimport forensics.pipeline.derivation as stage\n"
        "stage.judged_case = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "import sys\nrun(['analyze', sys.argv[1], '--case', sys.argv[2]])"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "a.csv"), str(tmp_path / "case")]
    assert subprocess.run(command, check=False, cwd=march.ROOT, capture_output=True).returncode == -9
    halves = [tmp_path / "case" / name for name in (".findings.json.tmp", ".checkpoint.tmp", "exhibits/.incoming.tmp")]
    for half in halves:
        half.write_text("half")
    assert forensics("verify", tmp_path / "case")[0] == 4
    status, out, _ = forensics("case", "recover", tmp_path / "case")
    assert status == 0, out
    assert "coverage.json" in out or "recovered" in out
    assert not any(half.exists() for half in halves)
    assert forensics("verify", tmp_path / "case")[0] == 0


def test_standard_input_is_an_exhibit(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "forensics", "analyze", "-", "--case", str(tmp_path / "case"), "--json"]
    done = subprocess.run(command, input=ROW, capture_output=True, check=False, cwd=march.ROOT)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert [item["name"] for item in result["exhibits"]] == ["stdin"]
    assert result["coverage"]["events"] == 1


def test_keys_are_protected_by_default_and_used(
    forensics: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORENSICS_PASSPHRASE", "correct horse")
    assert forensics("keys", "new")[0] == 0
    path = tmp_path / "home" / "keys" / "examiner.pem"
    assert b"ENCRYPTED" in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    fingerprint = forensics("keys", "show")[1].split()[-1]
    (tmp_path / "a.csv").write_bytes(ROW)
    assert forensics("analyze", tmp_path / "a.csv", "--case", tmp_path / "case")[0] == 0
    assert fingerprint in forensics("custody", "log", tmp_path / "case")[1]
    assert forensics("verify", tmp_path / "case", "--expect-key", fingerprint)[0] == 0
    assert forensics("report", tmp_path / "case")[0] == 0, "the kept key can seal later acts"
    assert forensics("verify", tmp_path / "case")[0] == 0
    monkeypatch.setenv("FORENSICS_PASSPHRASE", "wrong")
    assert forensics("analyze", tmp_path / "a.csv", "--case", tmp_path / "other")[0] == 2
    assert not (tmp_path / "other").exists()


def test_terminal_output_neutralises_hostile_evidence(forensics: Run, tmp_path: Path) -> None:
    hostile = "\x1b[2J\x1b]0;owned\x07[red]bold[/red]\u202egnp.exe"
    row = f'1,2020-03-11 00:43:10 UTC,203.0.113.45,"{hostile}"\r\n'
    header = b"Gaia ID,Activity Timestamp,IP Address,User Agent String\r\n"
    (tmp_path / "a.csv").write_bytes(header + row.encode())
    out = ""
    for words in (("analyze", tmp_path / "a.csv", "--case", tmp_path / "case"), ("sessions", tmp_path / "case")):
        _, out, err = forensics(*words)
        assert "\x1b" not in out + err
        assert "\u202e" not in out + err
    assert "⟨U+202E⟩" in out
    assert "[red]bold[/red]" in out


def test_csv_output_disarms_formulas(forensics: Run, tmp_path: Path) -> None:
    row = b"1,2020-03-11 00:43:10 UTC,203.0.113.45,=cmd|' /C calc'!A0\r\n"
    (tmp_path / "a.csv").write_bytes(b"Gaia ID,Activity Timestamp,IP Address,User Agent String\r\n" + row)
    forensics("analyze", tmp_path / "a.csv", "--case", tmp_path / "case")
    out = forensics("sessions", tmp_path / "case", "--format", "csv")[1]
    assert ",'=cmd" in out


def test_the_case_itself_is_no_evidence(forensics: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_bytes(ROW)
    status, out, err = forensics("analyze", ".", "--json")
    assert status == 0, err
    (exhibit,) = json.loads(out)["exhibits"]
    assert exhibit["name"].endswith("/a.csv")


def test_the_owner_file_is_read_once_and_sealed_as_judged(forensics: Run, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(ROW)
    data = (march.ROOT / "samples" / "march" / "owner.toml").read_bytes()
    pipe = tmp_path / "owner.toml"
    os.mkfifo(pipe)
    with subprocess.Popen(
        [sys.executable, "-c", "import sys; open(sys.argv[1], 'wb').write(sys.stdin.buffer.read())", pipe],
        stdin=subprocess.PIPE,
    ) as writer:
        assert writer.stdin is not None
        writer.stdin.write(data)
        writer.stdin.close()
        status, _, err = forensics("analyze", tmp_path / "a.csv", "--owner", pipe, "--case", tmp_path / "case")
    assert status == 0, err
    assert (tmp_path / "case" / "owner.toml").read_bytes() == data


def test_an_organisation_that_is_no_domain_makes_no_case(forensics: Run, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(ROW)
    status, _, err = forensics("analyze", tmp_path / "a.csv", "--organisation", "Acme Ltd", "--case", tmp_path / "case")
    assert (status, (tmp_path / "case").exists()) == (2, False)
    assert "example.org" in err


def test_files_that_cannot_be_sealed_are_named(forensics: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORENSICS_PASSPHRASE", "x")
    forensics("keys", "new")
    (tmp_path / "a.csv").write_bytes(ROW)
    forensics("analyze", tmp_path / "a.csv", "--case", tmp_path / "case")
    for name in ("my notes.txt", ".DS_Store"):
        (tmp_path / "case" / name).write_text("mine")
    status, _, err = forensics("case", "recover", tmp_path / "case")
    assert status == 3
    assert ".DS_Store, my notes.txt" in err
    assert "Move them elsewhere" in err


def test_the_first_error_is_told_and_not_that_of_the_closing_note(
    forensics: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.csv").write_bytes(ROW)

    def broken(case: CaseFolder, *_: object) -> None:
        (case.path / "my notes.txt").write_text("cannot be sealed")
        message = "the real error"
        raise RuntimeError(message)

    monkeypatch.setattr("forensics.pipeline.derivation.judged_case", broken)
    with pytest.raises(RuntimeError, match="the real error"):
        forensics("analyze", tmp_path / "a.csv", "--case", tmp_path / "case")


def test_a_bug_leaves_a_case_that_verifies(forensics: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.csv").write_bytes(ROW)

    def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("forensics.pipeline.derivation.judged_case", broken)
    with pytest.raises(RuntimeError):
        forensics("analyze", tmp_path / "a.csv", "--case", tmp_path / "case")
    assert forensics("verify", tmp_path / "case")[0] == 0


def test_damage_and_dead_ends_are_told(forensics: Run, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(ROW)
    case = tmp_path / "case"
    forensics("analyze", tmp_path / "a.csv", "--case", case)
    status, _, err = forensics("report", case, "--output", tmp_path / "nowhere" / "report.html")
    assert (status, "cannot write the report" in err) == (3, True)
    (part,) = (case / "events").glob("part-*.parquet")
    part.write_bytes(b"PAR1" + b"damaged" * 10)
    status, out, err = forensics("timeline", case)
    assert (status, out, "the event table is damaged" in err) == (3, "", True)
    (case / "custody.jsonl").write_bytes(b"")
    (case / "checkpoint").unlink()
    status, _, err = forensics("case", "recover", case)
    assert (status, "never opened" in err) == (3, True)


def test_no_table_header_is_printed_for_what_is_no_case(forensics: Run, tmp_path: Path) -> None:
    for command in ("sessions", "addresses", "timeline"):
        status, out, _ = forensics(command, tmp_path / "nope")
        assert (status, out) == (3, "")
