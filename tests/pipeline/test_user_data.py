"""A user's own snapshots: taken in with a day and a licence, used from then on, sealed with the case that used them."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from forensics import chain_of_custody as custody
from forensics import cli
from forensics.enrichment.snapshots import load
from forensics.errors import DataError, UsageError
from forensics.pipeline import dated_data, user_data
from forensics.pipeline.user_data import Wish, import_file
from tests.enrichment import mrt_file
from tests.enrichment.mmdb_file import write
from tests.test_cli import valid

DAY = "2020-03-17"
EPOCH = 1_584_403_200
PFX2AS = "85.132.24.0\t24\t29049\n37.26.0.0\t21\t39232_29049\n"
"""Public routing facts: who announced these Azerbaijani prefixes in 2020."""
NAME = "routeviews-rv2-20200317-1200.pfx2as.gz"
EXPORT = b"Gaia ID,Activity Timestamp,IP Address\r\n1,2020-03-17 10:43:10 UTC,85.132.24.10\r\n"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(name="own")
def _own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of the user's own snapshots, not there yet."""
    monkeypatch.setenv("FORENSICS_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "snapshots"


@pytest.fixture(name="table")
def _table(tmp_path: Path) -> Path:
    path = tmp_path / NAME
    path.write_bytes(gzip.compress(PFX2AS.encode(), mtime=0))
    return path


@pytest.fixture(name="forensics")
def _forensics(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*words: object) -> tuple[int, str, str]:
        status = cli.run([str(word) for word in words])
        told = capsys.readouterr()
        return status, told.out, told.err

    return run


def test_a_table_of_the_day_answers_for_the_day(own: Path, table: Path, forensics: Run) -> None:
    status, out, _ = forensics("data", "import", table, "--as-of", DAY, "--licence", "unknown", "--json")
    assert status == 0
    made = json.loads(out)
    valid("import", made)
    assert (made["kind"], made["as_of"], made["rows"], made["redistributable"]) == ("ip_asn", DAY, 2, False)
    assert made["id"].startswith("pfx2as-2020-03-17-")
    status, out, err = forensics("lookup", "85.132.24.10", "--at", DAY, "--json")
    (row,) = json.loads(out)
    assert (row["origin_as"], row["snapshot"], row["gap_days"]) == ("AS29049", made["id"], 0)
    assert row["status"] in ("near", "bracketed")
    assert made["id"] in err
    assert str(own) in err
    status, out, err = forensics("lookup", "85.132.24.10", "--at", DAY, "--no-user-data", "--json")
    (row,) = json.loads(out)
    assert (row["snapshot"], err) == ("loc-2022-10-29", "")
    assert made["id"] in forensics("data", "list")[1]
    assert made["id"] not in forensics("data", "list", "--no-user-data")[1]


def test_importing_twice_is_the_same_and_another_file_is_not(own: Path, table: Path) -> None:
    wish = Wish(path=table, as_of=DAY, licence="CC-BY-4.0", attribution="RouteViews")
    first, again = import_file(wish), import_file(wish)
    assert (first.known, again.known) == (False, True)
    assert first.manifest == again.manifest
    assert first.manifest.redistributable
    assert [path.name for path in own.iterdir()] == [first.manifest.id]
    with pytest.raises(UsageError, match="another snapshot with this id"):
        import_file(Wish(path=table, as_of="2020-03-18", licence="unknown", id=first.manifest.id))
    with pytest.raises(UsageError, match="embedded"):
        import_file(Wish(path=table, as_of=DAY, licence="unknown", id="loc-2022-10-29"))
    (held,) = load(own, embedded=False)
    held.verify()
    assert held.manifest.source_package == NAME
    assert held.v4.origins is not None
    assert [held.v4.origin_words(index) for index in held.v4.origins.tolist()[:2]] == [("AS39232", "AS29049"), ()]
    assert (held.manifest.rows_v4 > 0, held.manifest.rows_v6) == (True, 0)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"as_of": ""}, "does not say of which day"),
        ({"as_of": "17.03.2020"}, "no date"),
        ({"licence": ""}, "under which licence"),
        ({"licence": "  "}, "under which licence"),
        ({"id": "../escape"}, "not an id"),
        ({"id": ".hidden"}, "not an id"),
        ({"kind": "ip_country"}, "gives no ip_country"),
        ({"list_name": "a b"}, "not a name for a list"),
    ],
)
def test_what_the_user_must_say(own: Path, table: Path, change: dict[str, str], reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        import_file(Wish(**{"path": table, "as_of": DAY, "licence": "unknown"} | change))  # type: ignore[arg-type] # a table of tests
    assert not own.exists()


def test_never_silently_another_date_than_the_data_s_own(own: Path, tmp_path: Path) -> None:
    path = tmp_path / "asn.mmdb"
    write(path, {"192.0.2.0/24": {"autonomous_system_number": 64500}}, epoch=EPOCH)
    assert import_file(Wish(path=path, licence="unknown")).manifest.as_of == date(2020, 3, 17)
    assert import_file(Wish(path=path, licence="unknown", as_of=DAY)).known
    with pytest.raises(UsageError, match="the data says 2020-03-17, you say 2021-01-01"):
        import_file(Wish(path=path, licence="unknown", as_of="2021-01-01"))
    forced = import_file(Wish(path=path, licence="unknown", as_of="2021-01-01", force_date=True))
    assert forced.manifest.as_of == date(2021, 1, 1)
    assert "the data says 2020-03-17" in forced.manifest.source
    assert any("by your word" in note for note in forced.notes)
    assert len(list(own.iterdir())) == 2


def test_a_name_that_says_another_day_and_gaps_in_a_table_are_told(own: Path, table: Path) -> None:
    done = import_file(Wish(path=table, as_of="2020-03-18", licence="unknown"))
    told = " / ".join(done.notes)
    assert "name says 2020-03-17, not 2020-03-18" in told
    assert "holds no IPv6 ranges" in told
    assert "far from a whole routing table" in told
    assert done.manifest.id in str(own / done.manifest.id)
    future = import_file(Wish(path=table, as_of="2090-01-01", licence="unknown"))
    assert "2090-01-01 lies in the future" in future.notes


def test_rows_that_are_not_understood_stop_an_import(own: Path, tmp_path: Path) -> None:
    path = tmp_path / "bad.pfx2as"
    path.write_text(PFX2AS + "85.132.024.0\t24\t1\n85.132.25.0\t24\t290")
    with pytest.raises(DataError, match="line:3: not an IP address"):
        import_file(Wish(path=path, as_of=DAY, licence="unknown"))
    assert not own.exists()
    done = import_file(Wish(path=path, as_of=DAY, licence="unknown", skip_bad_rows=True))
    assert "1 of 4 rows were not understood and skipped" in done.manifest.source
    assert any("no line end" in note for note in done.notes)
    path.write_text("what,is,this\n")
    with pytest.raises(DataError, match="not recognised"):
        import_file(Wish(path=path, as_of=DAY, licence="unknown"))


@pytest.mark.usefixtures("own")
def test_the_same_file_gives_the_same_bytes(table: Path, tmp_path: Path) -> None:
    for place in ("one", "two"):
        import_file(Wish(path=table, as_of=DAY, licence="unknown", to=tmp_path / place))
    one, two = ({path.name: path.read_bytes() for path in (tmp_path / place).rglob("*.*")} for place in ("one", "two"))
    assert one == two


def test_a_dump_says_its_own_day(own: Path, tmp_path: Path) -> None:
    path = tmp_path / "rib.20200317.1200"
    content = mrt_file.peer_table([("192.0.2.1", 64500)], EPOCH)
    path.write_bytes(content + mrt_file.rib("85.132.24.0/24", [(0, mrt_file.attributes([64500, 29049]))], EPOCH))
    done = import_file(Wish(path=path, licence="CC-BY-4.0", attribution="University of Oregon RouteViews Project"))
    assert (done.importer, done.manifest.as_of) == ("mrt", date(2020, 3, 17))
    (table,) = load(own, embedded=False)
    assert table.v4.visibility is not None
    assert table.v4.visibility.tolist() == [100]


def test_a_case_holds_what_it_used_and_verifies_without_the_user_s_folder(
    own: Path, table: Path, tmp_path: Path, forensics: Run
) -> None:
    done = import_file(Wish(path=table, as_of=DAY, licence="unknown"))
    names = tmp_path / "pdns.csv"
    names.write_text(f"rrname,rrtype,rdata,time_first,time_last\na.example,A,192.0.2.1,{EPOCH},{EPOCH}\n")
    other = import_file(Wish(path=names, as_of="2020-07-01", licence="unknown"))
    evidence = tmp_path / "google.csv"
    evidence.write_bytes(EXPORT)
    case = tmp_path / "case"
    status, _, err = forensics("analyze", evidence, "--case", case)
    assert status == 0, err
    assert done.manifest.id in err
    held = case / "snapshots" / done.manifest.id
    assert {path.name for path in held.iterdir()} == {"manifest.json", "names.parquet", "v4.parquet", "v6.parquet"}
    assert (case / "snapshots" / other.manifest.id / "names_seen.parquet").is_file()
    (row,) = json.loads(forensics("addresses", case, "--json")[1])
    assert (row["origin_as"], row["snapshot"], row["gap_days"]) == ("AS29049", done.manifest.id, 0)
    said = [record.act.subject for record in custody.read_records(case) if "snapshots" in record.act.subject]
    assert any(done.manifest.bundle_sha256 in str(subject) for subject in said)
    report = (case / "report.html").read_bytes()
    shutil.rmtree(own)
    assert forensics("verify", case)[0] == 0
    again = tmp_path / "again.html"
    assert forensics("report", case, "--output", again)[0] == 0
    assert again.read_bytes() == report
    (held / "v4.parquet").write_bytes(b"PAR1")
    assert forensics("verify", case)[0] == 4


def test_an_analysis_without_user_data_leaves_it_out(own: Path, table: Path, tmp_path: Path, forensics: Run) -> None:
    import_file(Wish(path=table, as_of=DAY, licence="unknown"))
    evidence = tmp_path / "google.csv"
    evidence.write_bytes(EXPORT)
    status, _, err = forensics("analyze", evidence, "--case", tmp_path / "case", "--no-user-data")
    assert (status, "Your own data" in err) == (0, False)
    assert own.is_dir()
    assert not (tmp_path / "case" / "snapshots").exists()


@pytest.mark.usefixtures("own")
def test_a_damaged_snapshot_of_the_user_is_told(table: Path, forensics: Run) -> None:
    done = import_file(Wish(path=table, as_of=DAY, licence="unknown"))
    (done.folder / "manifest.json").write_text("{}")
    status, _, err = forensics("lookup", "192.0.2.1")
    assert (status, "manifest" in err) == (3, True)
    assert forensics("lookup", "192.0.2.1", "--no-user-data")[0] == 0


def test_where_the_folder_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORENSICS_HOME", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert user_data.folder() == tmp_path / "forensics" / "snapshots"
    monkeypatch.setenv("FORENSICS_HOME", str(tmp_path / "home"))
    assert user_data.folder() == tmp_path / "home" / "snapshots"
    assert user_data.at_hand((), own=True).told() == ""
    assert dated_data.snapshots(user_data.at_hand((), own=True).folders, brief=True)


def test_a_look_up_tells_the_names_that_were_seen_around_the_day(tmp_path: Path, own: Path, forensics: Run) -> None:
    names = tmp_path / "pdns.csv"
    names.write_text(f"rrname,rrtype,rdata,time_first,time_last\na.example,A,85.132.24.10,{EPOCH},{EPOCH}\n")
    made = import_file(Wish(path=names, as_of="2020-07-01", licence="unknown")).manifest.id
    assert own.is_dir()
    assert (
        f"name seen      a.example  [{made}, 2020-03-17 to 2020-03-17]"
        in forensics("lookup", "85.132.24.10", "--at", "2020-04-01")[1]
    )
    assert "name seen" not in forensics("lookup", "85.132.24.10", "--at", "2022-04-01")[1]
