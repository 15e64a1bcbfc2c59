"""The sharing gate: the attackers' addresses leave, everything else of the case stays, and what left can be proven."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import json
import re
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pyrage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics import cli, event_store
from forensics.case import CaseFacts, CaseFolder
from forensics.errors import PolicyError
from forensics.exchange import screening
from forensics.exchange.screening import Canary
from forensics.model import Owner, OwnerNetwork
from forensics.pipeline import share_canaries, share_guard
from forensics.pipeline.outcome import Outcome
from forensics.pipeline.sealed_inputs import owner_of
from forensics.pipeline.sealed_log import last_analysis
from forensics.pipeline.shared_items import KINDS, kind_of
from tests.conftest import Tally
from tests.doc_commands import run_page
from tests.pipeline import march
from tests.test_cli import valid

OWNERS, UNKNOWN = "192.0.2.14", "240.40.7.9"
ATTACKERS = ["198.51.100.21", "203.0.113.45"]

WORDS = {"Asia/Baku", "home", "organised", "telegram", "facebook", "2020-03-11"}
"""Told by the owner, or said of the evidence."""

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(name="share")
def _share(capsys: pytest.CaptureFixture[str], outcome: Outcome) -> Run:
    """Run ``forensics share`` on the March case, or on the case given by ``case``."""

    def run(*words: object, case: Path | None = None) -> tuple[int, str, str]:
        with march.clock():
            status = cli.run(["share", str(case or outcome.case.path), *map(str, words)])
        told = capsys.readouterr()
        return status, told.out, told.err

    return run


@pytest.fixture(name="case")
def _case(outcome: Outcome, tmp_path: Path) -> Path:
    """A copy of the March case that a release may change."""
    return shutil.copytree(outcome.case.path, tmp_path / "case")


@pytest.fixture(name="key")
def _key(outcome: Outcome) -> tuple[str, Path]:
    return "--key", march.key_file(outcome.case.path.parent)


def shown(told: tuple[int, str, str]) -> list[str]:
    status, out, err = told
    assert status == 0, err
    return list(json.loads(out)["items"])


# --- what leaves ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["registry", "stix", "misp"])
def test_the_attackers_two_leave_and_no_canary_of_the_case(
    share: Run, outcome: Outcome, form: str, tally: Tally
) -> None:
    words = ("--format", form, "--dry-run", "--include", "device", "--note", "Please look for both.")
    status, out, err = share(*words)
    assert status == 0, err
    assert all(address in out for address in ATTACKERS)
    text = out.lower()
    canaries = texts_of(outcome.case.path)
    for canary in canaries:
        for form_of in disguises(canary):
            assert form_of not in text, canary
    tally(f"canaries in a bundle, {form}", canaries=len(canaries), disguises=len(list(disguises("x"))))


def texts_of(folder: Path) -> set[str]:
    """Return every text of the March case that must stay, read without the code under test."""
    parts = f"read_parquet('{folder}/events/*.parquet')"
    found: set[str] = set()
    with duckdb.connect() as connection:
        for column in ("account", "device", "user_agent", "event_id", "address", "address_text", "exhibit", "member"):
            found |= {row[0] for row in connection.sql(f"select distinct {column} from {parts}").fetchall()}  # noqa: S608
    for device in [text for text in found if text and ":" in text and len(text) < 20]:
        found.add(device.partition(":")[2])
    found |= {json.loads(line)["id"] for line in (folder / "sessions.jsonl").read_text().splitlines()}
    acts = [json.loads(line)["subject"] for line in (folder / "custody.jsonl").read_text().splitlines()]
    found |= {str(act["name"]) for act in acts if act.get("copy") == "evidentiary"}
    found |= WORDS | {"SAMPLE-1", "the examiner", "editor"}
    facts = CaseFolder.open(folder).facts
    found |= {facts.id, facts.reference, facts.title}
    return {text for text in found if text and len(text) > 3 and text not in ATTACKERS}


def disguises(text: str) -> Iterator[str]:
    data = text.encode()
    yield from (text.lower(), text[::-1].lower(), data.hex())
    yield base64.b64encode(data).decode().rstrip("=").lower()
    for name in ("md5", "sha1", "sha256"):
        yield hashlib.new(name, data).hexdigest()


def a_few_of_each(texts: set[str]) -> list[str]:
    """Return every text but of the thousands of event ids and addresses a few."""
    many = [text for text in sorted(texts) if re.fullmatch(r"[0-9a-f]{32}|240\.[0-9.]+", text)]
    assert len(many) > 3000
    return [*sorted(texts - set(many)), *many[::1000]]


def known_canaries(outcome: Outcome) -> list[Canary]:
    case = CaseFolder.open(outcome.case.path)
    analysis = last_analysis(case.path)
    with event_store.connect(case.path) as connection:
        return [*share_canaries.canaries(case, owner_of(case, analysis), analysis.exhibits, connection)]


def test_every_canary_is_caught_in_every_disguise(outcome: Outcome, tally: Tally) -> None:
    """The gate attacks its own output: whatever of the case a defect puts into a bundle or a user into a note is found."""
    known = known_canaries(outcome)
    blank = '{"comment": "for review"}'
    canaries, forms = a_few_of_each(texts_of(outcome.case.path)), 0
    with event_store.connect(outcome.case.path) as connection:
        for text in canaries:
            data = text.encode()
            written = [
                text,
                text[::-1],
                data.hex(),
                base64.b64encode(data).decode(),
                *([] if text in WORDS else [base64.b64encode(b"x" + data).decode()]),
            ]
            forms += len(written)
            for form in written:
                assert screening.refused_note(f"See {form} there", known, set(ATTACKERS)), form
                if text in WORDS:
                    continue  # words are searched for in free texts only: everything else is closed
                actual = json.dumps({"comment": f"for review {form}"})
                words = screening.Views(actual).words()
                assert screening.leaked(actual, blank, known, set(ATTACKERS)) or share_canaries.known_ids(
                    connection, words
                ), form
    for address in (OWNERS, "198.51.100.70"):
        number = ipaddress.ip_address(address)
        for form in (str(int(number)), f"{int(number):x}", hashlib.sha256(address.encode()).hexdigest()):
            assert screening.leaked(f"for review {form}", blank, known, set(ATTACKERS)), form
        for form in (number.reverse_pointer, stix2_id(address)):
            assert screening.leaked(f"for review {form}", blank, known, set(ATTACKERS)), form
    tally("canaries put into a bundle, all caught", canaries=len(canaries), forms=forms)


def stix2_id(address: str) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import stix2

        return str(stix2.IPv4Address(value=address).id)


def test_what_is_printed_is_documented_and_coarse(share: Run) -> None:
    status, out, _ = share("--dry-run", "--json")
    told = json.loads(out)
    assert status == 0
    valid("share", told)
    assert told["items"] == ATTACKERS
    assert "2020-03 (UTC)" in told["content"]
    assert "2020-03-1" not in told["content"].replace('"2020-03-12"', "").replace("of 2020-03-12", "")
    assert hashlib.sha256(told["content"].encode()).hexdigest() == told["sha256"]


def test_days_need_a_reason(share: Run) -> None:
    assert share("--dry-run", "--times", "day")[0] == 6
    status, out, _ = share("--dry-run", "--times", "day", "--reason", "The operator keeps records by day")
    assert status == 0
    assert "Seen in 2020-03-11 (UTC)" in out
    assert "operator" not in out


def test_ids_are_new_every_time_and_nothing_else_is(share: Run) -> None:
    first, second = (json.loads(share("--dry-run", "--format", "misp")[1])["Event"] for _ in range(2))
    ids = [{event["uuid"], *(one["uuid"] for one in event["Attribute"])} for event in (first, second)]
    assert not ids[0] & ids[1]
    for event in (first, second):
        for one in (event, *event["Attribute"]):
            del one["uuid"]
    assert first == second


def test_devices_are_named_at_random_and_the_same_within_a_bundle(share: Run) -> None:
    texts = [share("--dry-run", "--format", "misp", "--include", "device")[1] for _ in range(2)]
    named = [
        [
            set(one["comment"].split("Seen with ")[1].split(" (")[0].split(", "))
            for one in json.loads(text)["Event"]["Attribute"]
        ]
        for text in texts
    ]
    assert named[0][0] & named[0][1], "one device was seen at both addresses"
    assert not (named[0][0] | named[0][1]) & (named[1][0] | named[1][1])


# --- what stays -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (OWNERS, "owner"),
        ("::ffff:192.0.2.14", "owner"),
        ("192.0.2.0/28", "owner"),
        ("198.51.100.70", "owner"),
        ("198.51.100.64/26", "owner"),
        (UNKNOWN, "nothing in the case says"),
        ("203.0.113.0/24", "nothing in the case says"),
        ("240.40.7.0/28", "nothing in the case says"),
        ("203.0.112.0/20", "wider than"),
        ("10.0.0.1", "special-purpose"),
        ("2002:c000:20e::/48", "special-purpose"),
        ("203.0.113.99", "does not know"),
        ("203.0.113.128/25", "does not know"),
    ],
)
def test_what_is_not_an_attackers_address_stays(share: Run, asked: str, why: str) -> None:
    for more in ((), ("--address", ATTACKERS[0])):
        status, out, err = share("--dry-run", "--address", asked, *more)
        assert (status, out) == (6, "")
        assert why in err
        assert "--address, the 1." in err
        assert not any(address in err for address in (OWNERS, UNKNOWN, "198.51.100.70", "203.0.113.47"))


def test_a_narrow_prefix_around_an_attacker_may_leave(share: Run) -> None:
    assert shown(share("--dry-run", "--address", "203.0.113.44/31", "--json")) == ["203.0.113.44/31"]


def test_findings_choose_and_their_other_addresses_stay(share: Run) -> None:
    assert shown(share("--dry-run", "--json", "--finding", "f-2")) == ["198.51.100.21"]
    assert shown(share("--dry-run", "--json", "--finding", "F-3", "--finding", "F-9")) == ATTACKERS
    status, _, err = share("--dry-run", "--finding", "F-13")
    assert (status, "nothing in the case says" in err, UNKNOWN in err) == (6, True, False)
    assert share("--dry-run", "--finding", "F-6")[0] == 6
    assert share("--dry-run", "--finding", "F-99")[0] == 2
    assert share("--dry-run", "--address", "editor@mail.example")[0] == 2


@pytest.mark.parametrize(
    ("note", "why"),
    [
        ("Ask edit\u200bor@mail.example", "hidden characters"),
        ("Ask \u0435ditor", "scripts"),
        ("Ask the editor example", "account"),
        ("The group Kitabxana", "name or word"),
        ("Seen at Facebook", "provider"),
        ("She organised it", "owner file"),
        ("Client Qx7k", "device"),
        (f"Not {OWNERS}", "address"),
        ("Paper C-17", "case says"),
    ],
)
def test_notes_are_searched(share: Run, note: str, why: str) -> None:
    status, out, err = share("--dry-run", "--consent", "Paper C-17", "--note", note)
    assert (status, out, why in err) == (6, "", True), err
    assert note not in err


def test_nobody_knows_the_owner_without_a_declaration(share: Run, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Gaia ID,Activity Timestamp,IP Address\n1,2020-03-11 00:43:10 UTC,203.0.113.45\n")
    assert cli.run(["analyze", str(tmp_path / "a.csv"), "--case", str(tmp_path / "c")]) == 0
    status, _, err = share("--dry-run", "--address", "203.0.113.45", case=tmp_path / "c")
    assert (status, "the owner declared nothing" in err) == (6, True)


def test_an_address_of_both_is_the_owners(tmp_path: Path) -> None:
    """The address table calls an address unexplained once anything unexplained came from it."""
    case = small_case(tmp_path, {"203.0.113.45": ["unexplained", "owner"], "203.0.113.46": ["unexplained"]})
    asked = share_guard.asked_for(case, (), ("203.0.113.45", "203.0.113.46", "203.0.113.44/30"))
    uses = share_guard.looked_at(case, Owner(), asked, sample=True, reason="")
    assert {use.asked.indicator: use.refused for use in uses} == {
        "203.0.113.44/30": share_guard.OWNERS,
        "203.0.113.45": share_guard.OWNERS,
        "203.0.113.46": "",
    }


def test_an_address_that_many_share_needs_a_reason(tmp_path: Path) -> None:
    case = small_case(tmp_path, {"203.0.113.45": ["unexplained"]}, classes=["cgnat"])
    asked = share_guard.asked_for(case, (), ("203.0.113.45",))
    assert share_guard.looked_at(case, Owner(), asked, sample=True, reason="")[0].refused == share_guard.MANY
    assert share_guard.looked_at(case, Owner(), asked, sample=True, reason="why")[0].refused == ""
    assert share_guard.looked_at(case, Owner(), asked, sample=False, reason="why")[0].refused == share_guard.SPECIAL


def small_case(folder: Path, roles: dict[str, list[str]], classes: list[str] | None = None) -> CaseFolder:
    """Write the tables that the guard reads: every address with the roles of its sessions, the weightiest as its own."""
    weight = ["unknown", "owner", "unexplained"]
    rows, sessions = [], []
    for address, held in roles.items():
        own = max(held or ["unknown"], key=weight.index)
        rows.append({"address": address, "role": own, "at": "2020-03-11", "classes": classes or [], "origin_as": None})
        sessions += [
            {"address": address, "role": role, "provider": "google", "device": "", "last": "2020-03-11T02:00:00+00:00"}
            for role in held
        ]
    case = CaseFolder.create(folder / "small", CaseFacts(id="1"))
    for name, lines in (("addresses.jsonl", rows), ("sessions.jsonl", sessions)):
        case.write(name, "".join(json.dumps(line) + "\n" for line in lines).encode())
    case.write_json("findings.json", {"findings": []})
    return case


def _host(number: int) -> str:
    return str(ipaddress.ip_address("203.0.113.0") + number)


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.integers(0, 63).map(_host),
        st.lists(st.sampled_from(["owner", "unknown", "unexplained"]), max_size=3),
        min_size=1,
        max_size=12,
    ),
    st.lists(st.tuples(st.integers(0, 63), st.integers(26, 32)), max_size=2),
    st.lists(st.tuples(st.integers(0, 63), st.integers(24, 32)), min_size=1, max_size=6),
)
def test_no_set_of_addresses_gets_an_owner_out(
    roles: dict[str, list[str]], declared: list[tuple[int, int]], wanted: list[tuple[int, int]]
) -> None:
    nets = [ipaddress.ip_network((_host(host), length), strict=False) for host, length in declared]
    asked = sorted({str(ipaddress.ip_network((_host(host), length), strict=False)) for host, length in wanted})
    stays = {ipaddress.ip_address(name) for name, held in roles.items() if set(held) != {"unexplained"}}
    with tempfile.TemporaryDirectory() as folder:
        case = small_case(Path(folder), roles)
        owner = Owner(addresses=tuple(OwnerNetwork(net=str(net)) for net in nets))
        uses = share_guard.looked_at(case, owner, share_guard.asked_for(case, (), asked), sample=True, reason="")
        for use in uses:
            held = {ipaddress.ip_address(name) for name in roles if ipaddress.ip_address(name) in use.asked.network}
            may = bool(held) and not held & stays and not any(net.overlaps(use.asked.network) for net in nets)
            assert (use.refused == "") is may
        if any(use.refused for use in uses):
            with pytest.raises(PolicyError):
                share_guard.released(uses, named=asked)


# --- the release ------------------------------------------------------------------------------------------------------


def test_a_release_is_sealed_and_the_case_still_verifies_and_replays(
    share: Run, case: Path, key: tuple[str, Path], tmp_path: Path
) -> None:
    out_file = tmp_path / "out.json"
    words = ("--consent", "C-17 in the safe", "--plain-text", "--format", "stix", "--output", out_file, *key)
    status, out, err = share(*words, "--json", case=case)
    assert status == 0, err
    told = json.loads(out)
    valid("share", told)
    assert out_file.stat().st_mode & 0o777 == 0o600
    assert hashlib.sha256(out_file.read_bytes()).hexdigest() == told["sent_sha256"] == told["sha256"]
    kept = case / "shared" / told["sha256"][:16]
    assert (kept / "bundle.stix.json").read_bytes() == out_file.read_bytes()
    assert "C-17 in the safe" in (kept / "processing-note.txt").read_text()
    assert "C-17" not in out_file.read_text()
    act = json.loads((case / "custody.jsonl").read_text().splitlines()[-1])
    assert act["action"] == "share.release"
    assert {key: act["subject"][key] for key in ("consent", "items", "encrypted", "tlp")} == {
        "consent": "C-17 in the safe",
        "items": 2,
        "encrypted": False,
        "tlp": "AMBER+STRICT",
    }
    assert cli.run(["verify", str(case)]) == 0
    assert cli.run(["replay", str(case)]) == 0
    (kept / "bundle.stix.json").write_bytes(out_file.read_bytes() + b" ")
    assert cli.run(["verify", str(case)]) == 4
    assert share("--dry-run", case=case)[0] == 4, "a case that does not verify shares nothing"


def test_what_was_reviewed_is_what_leaves(share: Run, case: Path, key: tuple[str, Path], tmp_path: Path) -> None:
    reviewed = json.loads(share("--dry-run", "--json", case=case)[1])
    words = ("--consent", "C-17", "--plain-text", *key, "--as-reviewed", reviewed["review"])
    status, _, err = share(*words, "--output", tmp_path / "other", "--note", "Hello", case=case)
    assert (status, "not the bytes that were reviewed" in err, (tmp_path / "other").exists()) == (6, True, False)
    assert share(*words, "--output", tmp_path / "same", case=case)[0] == 0
    assert (tmp_path / "same").read_bytes().decode() == reviewed["content"]
    assert share("--dry-run", "--as-reviewed", "nonsense", case=case)[0] == 2


def test_a_dry_run_prints_the_bytes_and_changes_nothing(share: Run, case: Path) -> None:
    before = march.contents(case)
    for form in ("registry", "stix", "misp"):
        status, out, err = share("--dry-run", "--format", form, case=case)
        assert status == 0
        assert hashlib.sha256(out.encode()).hexdigest() in err
        assert out.isascii()
    assert march.contents(case) == before


def decrypted(path: Path, identity: Path) -> bytes:
    """Open an age file with the program of its author, where it is installed."""
    program = shutil.which("age")
    if program is None:
        return bytes(pyrage.decrypt(path.read_bytes(), [pyrage.x25519.Identity.from_str(identity.read_text().strip())]))
    return subprocess.run([program, "-d", "-i", identity, path], capture_output=True, check=True).stdout


def test_recipients_open_it_and_nobody_else(share: Run, case: Path, key: tuple[str, Path], tmp_path: Path) -> None:
    one, two, stranger = (pyrage.x25519.Identity.generate() for _ in range(3))
    (tmp_path / "recipients").write_text(f"# the lab\n\n{two.to_public()}\n")
    out_file = tmp_path / "out.age"
    words = ("--recipient", one.to_public(), "--recipient", tmp_path / "recipients", "--consent", "C-17", *key)
    status, out, err = share(*words, "--output", out_file, "--format", "misp", "--json", case=case)
    assert status == 0, err
    told = json.loads(out)
    assert told["recipients"] == sorted(str(person.to_public()) for person in (one, two))
    kept = (case / "shared" / told["sha256"][:16] / "bundle.misp.json").read_bytes()
    for number, person in enumerate((one, two)):
        identity = tmp_path / f"identity-{number}"
        identity.write_text(f"{person}\n")
        assert decrypted(out_file, identity) == kept
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(out_file.read_bytes(), [stranger])
    assert kept not in out_file.read_bytes()
    act = json.loads((case / "custody.jsonl").read_text().splitlines()[-1])
    assert act["subject"]["recipients"] == told["recipients"]
    assert act["subject"]["sent_sha256"] == hashlib.sha256(out_file.read_bytes()).hexdigest()


@pytest.mark.skipif(not shutil.which("age") or not shutil.which("ssh-keygen"), reason="needs age and ssh-keygen")
def test_an_ssh_key_opens_it(share: Run, case: Path, key: tuple[str, Path], tmp_path: Path) -> None:
    secret = tmp_path / "id"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lawyer", "-f", secret], check=True)
    words = ("--recipient", tmp_path / "id.pub", "--consent", "C-17", *key, "--output", tmp_path / "out.age", "--json")
    status, out, err = share(*words, case=case)
    assert status == 0, err
    told = json.loads(out)
    listed = subprocess.run(["ssh-keygen", "-l", "-f", secret], capture_output=True, text=True, check=True).stdout
    assert told["recipients"] == [listed.split()[1]]
    assert hashlib.sha256(decrypted(tmp_path / "out.age", secret)).hexdigest() == told["sha256"]
    assert "lawyer" not in (case / "custody.jsonl").read_text(), "the comment of a key is nobody's business"


@pytest.mark.parametrize(
    ("words", "status", "why"),
    [
        (("--plain-text", "--output", "OUT"), 6, "consent"),
        (("--consent", " ", "--plain-text", "--output", "OUT"), 6, "consent"),
        (("--consent", "C", "--output", "OUT"), 2, "for whom"),
        (("--consent", "C", "--plain-text"), 2, "--output"),
        (("--consent", "C", "--plain-text", "--output", "CASE/out"), 2, "inside the case"),
        (("--consent", "C", "--plain-text", "--output", "HERE"), 2, "already something"),
        (("--consent", "C", "--plain-text", "--output", "OUT", "--tlp", "RED"), 6, "named recipients"),
        (("--consent", "C", "--plain-text", "--output", "OUT", "--tlp", "GREEN"), 6, "wider"),
        (("--consent", "C", "--plain-text", "--output", "OUT", "--pap", "CLEAR"), 6, "wider"),
        (("--consent", "C", "--recipient", "age1nobody", "--output", "OUT"), 2, "no public key"),
        (("--consent", "C", "--recipient", "no-such-file", "--output", "OUT"), 2, "neither a key nor a file"),
        (("--consent", "C", "--recipient", "HERE", "--output", "OUT"), 2, "empty"),
        (("--consent", "C", "--plain-text", "--output", "NONE/OUT"), 3, "cannot write"),
        (("--dry-run", "--format", "pdf"), 2, "--format"),
        (("--dry-run", "--include", "account", "--include", "device"), 2, "--include"),
    ],
)
def test_an_unfit_request_writes_nothing(  # noqa: PLR0913, PLR0917 - fixtures and cases
    share: Run, case: Path, key: tuple[str, Path], tmp_path: Path, words: tuple[str, ...], status: int, why: str
) -> None:
    (tmp_path / "here").write_text("# nobody\n")
    named = {
        "OUT": tmp_path / "out",
        "CASE/out": case / "out",
        "HERE": tmp_path / "here",
        "NONE/OUT": tmp_path / "no" / "o",
    }
    before = march.contents(case)
    found = share(*(named.get(word, word) for word in words), *key, case=case)
    assert (found[0], why in found[2]) == (status, True), found[2]
    assert not (tmp_path / "out").exists()
    if status != 3:
        assert march.contents(case) == before


def test_without_a_key_of_the_case_nothing_leaves(share: Run, case: Path, tmp_path: Path) -> None:
    before = march.contents(case)
    status, _, err = share("--consent", "C", "--plain-text", "--output", tmp_path / "out", case=case)
    assert (status, "nothing was shared" in err) == (2, True)
    assert not (tmp_path / "out").exists()
    assert march.contents(case) == before


def test_a_provider_is_told_by_its_kind() -> None:
    names = [name for listed in KINDS.values() for name in listed]
    assert len(names) == len(set(names))
    assert [kind_of(name) for name in ("google", "telegram", "facebook", "somebody-new")] == [
        "mail",
        "messaging",
        "social",
        "other",
    ]


def test_the_commands_of_the_page_print_what_it_says(
    case: Path,
    key: tuple[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FORENSICS_KEY", str(key[1]))
    (tmp_path / "CASE").symlink_to(case)
    (tmp_path / "lab.pub").write_text(f"{pyrage.x25519.Identity.generate().to_public()}\n")
    page = (march.ROOT / "docs" / "sharing.md").read_text(encoding="utf-8")
    run_page(page, capsys, count=4, stopped=6)
