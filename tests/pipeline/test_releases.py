"""Releases from end to end: made, carried by git, a server and a folder, checked, used; and what a newer one changes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics import chain_of_custody as custody
from forensics.errors import (
    DataError,
    ForensicsError,
    KeyMaterialError,
    NetworkError,
    PolicyError,
    StorageError,
    TamperError,
    UsageError,
)
from forensics.pipeline import held_releases, pulling, queries, registries, registry_queries, releasing
from forensics.pipeline.outcome import Outcome
from forensics.pipeline.signed_releases import check_signature, signed
from forensics.registry import opening, release
from forensics.registry.database_store import About
from forensics.registry.record import canonical_line
from tests.enrichment import loopback
from tests.pipeline import march
from tests.registry.written import record, registry

NAME = "example-helpline"
LATER = date(2019, 7, 1)
WRONG = record(
    id="r-2", network="203.0.113.46", version=2, recorded_at=LATER, state="retracted", reason="a digit was wrong"
)

Routes = dict[str, loopback.Route | Callable[[BaseHTTPRequestHandler], None]]


class Desk:
    """A publisher: a store, a key, a folder for releases; and a subscriber with a folder of their own."""

    def __init__(self, folder: Path) -> None:
        """Make the key and two records."""
        self.folder = folder
        self.store = str(folder / "store.sqlite")
        self.key = folder / "publisher.pem"
        custody.save_unprotected_key(custody.from_seed(bytes(range(32)), "publisher.example"), self.key)
        self.public = folder / "publisher.pub"
        self.public.write_text(f"{custody.load_public_key(self.key).vkey}\n")
        self.out = folder / NAME
        self.add(record(), record(id="r-2", network="203.0.113.46"))

    def add(self, *records: Any) -> None:
        """Add versions to the store."""
        store = opening.open_store(self.store, About(name="Helpline (fictional)", sample=True))
        store.append(records)
        store.close()

    def release(self, epoch: str = "1561939200", **more: Any) -> dict[str, Any]:
        """Publish at a moment."""
        wish = {"name": NAME, "out": self.out, "registries": (self.store,), "key": self.key, **more}
        with march.clock(epoch):
            return releasing.publish(releasing.Wish(**wish))

    def copied(self, name: str) -> Path:
        """Copy the release."""
        return Path(shutil.copytree(self.out, self.folder / name))

    def pull(self, source: object = None, **more: Any) -> dict[str, Any]:
        """Pull as the subscriber, who trusts the publisher's key."""
        with march.clock("1562000000"):
            return pulling.pull(pulling.Wish(source=str(source or self.out), **{"trust": (self.public,), **more}))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("FORENSICS_HOME", str(tmp_path / "home"))
    return Desk(tmp_path)


def test_the_same_records_clock_and_key_make_the_same_bytes(desk: Desk) -> None:
    desk.release()
    desk.release(out=desk.folder / "again")
    assert march.contents(desk.out) == march.contents(desk.folder / "again")


def test_a_release_is_checked_with_common_tools(desk: Desk) -> None:
    made = desk.release()
    listed = json.loads((desk.out / "manifest.json").read_text())["files"]
    lines = "".join(f"{entry['sha256']}  {name}\n" for name, entry in listed.items())
    lines += f"{(desk.out / 'manifest.sig').read_text().splitlines()[3]}  manifest.json\n"
    done = subprocess.run(["sha256sum", "-c"], input=lines, text=True, cwd=desk.out, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout
    assert made["records"] == listed["records.jsonl"]["sha256"]


def test_retractions_travel_by_git(desk: Desk) -> None:
    """A real repository carries the folder; the subscriber pulls the checkout, before and after."""

    def git(*words: str, at: Path) -> None:
        identity = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "init.defaultBranch=main"]
        subprocess.run(["git", *identity, *words], cwd=at, check=True, capture_output=True)

    desk.release()
    git("init", at=desk.out)
    git("add", ".", at=desk.out)
    git("commit", "-m", "1", at=desk.out)
    clone = desk.folder / "clone"
    git("clone", str(desk.out), str(clone), at=desk.folder)
    assert desk.pull(clone)["relation"] == "first"
    assert registries.chosen(()) == held_releases.in_use()
    before = registry_queries.registry_lookup("203.0.113.46", "", "", (), ())
    assert before["matches"][0]["record"]["state"] == "indicator"

    desk.add(WRONG, record(id="r-3", network="203.0.113.47"))
    assert desk.release("1564617600")["sequence"] == 2
    git("commit", "-am", "2", at=desk.out)
    git("pull", at=clone)
    pulled = desk.pull(clone, trust=())
    assert (pulled["relation"], pulled["counts"]["retracted"]) == ("follows", 1)
    after = registry_queries.registry_lookup("203.0.113.46", "", "", (), ())
    assert [(row["record"]["state"], row["record"]["reason"]) for row in after["matches"]] == [
        ("retracted", "a digit was wrong")
    ]
    old, new = (str(item) for item in sorted((held_releases.folder() / NAME).glob("00*")))
    found = releasing.diff(old, new)
    assert found["counts"] == {"added": 1, "changed": 0, "retracted": 1, "disputed": 0, "withdrawn": 0, "gone": 0}
    assert "retracted: r-2 (203.0.113.46): a digit was wrong" in releasing.diff_text(found)


def test_nothing_new_makes_no_release(desk: Desk) -> None:
    desk.release()
    before = march.contents(desk.out)
    assert desk.release("1564617600")["new"] is False
    assert march.contents(desk.out) == before


def test_a_release_can_follow_one_that_lies_elsewhere(desk: Desk) -> None:
    desk.release()
    desk.add(WRONG)
    made = desk.release(out=desk.folder / "second", after=desk.out)
    assert made["sequence"] == 2
    desk.pull()
    assert desk.pull(desk.folder / "second")["relation"] == "follows"


def test_every_single_bit_is_noticed(desk: Desk) -> None:
    """Every bit of manifest and signature, every byte of the other two."""
    desk.release()
    copy = desk.copied("copy")
    for path in sorted(copy.iterdir()):
        data = path.read_bytes()
        bits = range(8) if path.name.startswith("manifest") else (3,)
        step = 1 if path.name.startswith("manifest") else 11
        for place in range(0, len(data), step):
            for bit in bits:
                changed = bytearray(data)
                changed[place] ^= 1 << bit
                path.write_bytes(changed)
                with pytest.raises((TamperError, DataError)):
                    releasing.verify(copy, (desk.public,))
        for other in (data[:-1], data + b"\n", b""):
            path.write_bytes(other)
            with pytest.raises((TamperError, DataError)):
                releasing.verify(copy, (desk.public,))
        path.write_bytes(data)
    assert releasing.verify(copy, (desk.public,))["ok"]


@pytest.mark.parametrize("name", release.ALL)
def test_a_missing_file_or_a_link_is_noticed(desk: Desk, name: str) -> None:
    desk.release()
    copy = desk.copied("copy")
    (copy / name).rename(desk.folder / name)
    with pytest.raises(TamperError, match=f"{name} is missing"):
        desk.pull(copy)
    (copy / name).symlink_to(desk.folder / name)
    with pytest.raises(TamperError, match="no file"):
        desk.pull(copy)
    assert held_releases.all_held() == ()


def test_a_file_too_much_is_noticed(desk: Desk) -> None:
    desk.release()
    copy = desk.copied("copy")
    (copy / "README").write_text("x")
    acts: tuple[Callable[[], object], ...] = (lambda: desk.pull(copy), lambda: releasing.verify(copy, (desk.public,)))
    for act in acts:
        with pytest.raises(TamperError, match="none of it"):
            act()


def resigned(desk: Desk, folder: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """Return the folder with another manifest, signed by the publisher all the same."""
    found = json.loads((folder / "manifest.json").read_text())
    change(found)
    data = canonical_line(found)
    (folder / "manifest.json").write_bytes(data)
    manifest = release.parse_manifest(data)
    (folder / "manifest.sig").write_bytes(signed(manifest, custody.load_key(desk.key)))
    return folder


def test_a_signed_lie_about_the_records_is_noticed(desk: Desk) -> None:
    desk.release()
    copy = resigned(desk, desk.copied("copy"), lambda found: found["counts"].update(retracted=5))
    with pytest.raises(TamperError, match="counts other records"):
        desk.pull(copy)
    tree = desk.copied("tree")
    data = (tree / "addresses.mmdb").read_bytes().replace(b"source of an attack", b"source of no attack")
    (tree / "addresses.mmdb").write_bytes(data)
    digest = custody.describe("x", data).sha256
    with pytest.raises(TamperError, match="does not say what the records say"):
        desk.pull(resigned(desk, tree, lambda found: found["files"]["addresses.mmdb"].update(sha256=digest)))
    named = resigned(desk, desk.copied("named"), lambda found: found.update(name="another"))
    with pytest.raises(TamperError, match="do not say the same"):
        desk.pull(named)


def test_an_unknown_key_is_told_and_nothing_is_used(desk: Desk) -> None:
    desk.release()
    acts: tuple[Callable[[], object], ...] = (lambda: desk.pull(trust=()), lambda: releasing.verify(desk.out, ()))
    for act in acts:
        with pytest.raises(TamperError, match=r"signature of an unknown key: 'publisher\.example'"):
            act()
    assert held_releases.all_held() == ()
    other = desk.folder / "other.pem"
    custody.save_unprotected_key(custody.from_seed(bytes(32), "publisher.example"), other)
    with pytest.raises(TamperError, match="unknown key"):
        desk.pull(trust=(other,))
    desk.pull()
    custody.save_unprotected_key(
        custody.from_seed(bytes(range(1, 33)), "stranger.example"), desk.folder / "stranger.pem"
    )
    desk.release(out=desk.folder / "foreign", key=desk.folder / "stranger.pem")
    with pytest.raises(TamperError, match=r"unknown key: 'stranger\.example'"):
        desk.pull(desk.folder / "foreign", trust=())


@given(
    st.binary(max_size=300) | st.text(max_size=200).map(lambda text: f"a\n\n\u2014 {text}\n".encode("utf-8", "replace"))
)
@settings(max_examples=200)
def test_hostile_signatures_end_in_a_clear_refusal(note: bytes) -> None:
    known = custody.from_seed(bytes(range(32)), "publisher.example").verifier
    with pytest.raises(TamperError):
        check_signature(b"{}", note, [known], "x")


def test_two_signatures_are_refused(desk: Desk) -> None:
    desk.release()
    manifest = release.parse_manifest((desk.out / "manifest.json").read_bytes())
    second = custody.from_seed(bytes(range(1, 33)), "second.example")
    (desk.folder / "second.pub").write_text(f"{second.verifier.vkey}\n")
    note = custody.checkpoint.sign_note(manifest.note_text(), [custody.load_key(desk.key), second])
    (desk.out / "manifest.sig").write_bytes(note)
    with pytest.raises(TamperError, match="one signature"):
        desk.pull(trust=(desk.public, desk.folder / "second.pub"))


def test_a_rollback_is_refused_unless_it_is_wanted_and_then_recorded(desk: Desk) -> None:
    desk.release()
    first = desk.copied("first")
    desk.add(WRONG)
    desk.release("1564617600")
    desk.pull()
    state = march.contents(held_releases.folder())
    with pytest.raises(TamperError, match="older than release 2 in use"):
        desk.pull(first)
    assert march.contents(held_releases.folder()) == state, "nothing is lost"
    assert releasing.verify(first, (desk.public,))["relation"].endswith("(rollback)")
    done = desk.pull(first, allow_rollback="the publisher withdrew number 2 by telephone")
    assert (done["sequence"], done["changed"]) == (1, True)
    have = held_releases.held(NAME)
    assert have.pulls[-1]["reason"] == "the publisher withdrew number 2 by telephone"
    assert "rollback" in have.pulls[-1]["relation"]
    assert desk.pull()["relation"] == "follows"


def test_a_fork_is_refused(desk: Desk) -> None:
    """Two releases of one number, and a number 3 whose history names another number 2."""
    desk.release()
    shutil.copytree(desk.out, desk.folder / "fork")
    desk.add(record(id="r-3", network="203.0.113.47"))
    desk.release("1564617600")
    desk.pull()
    desk.add(record(id="r-4", network="203.0.113.48"))
    fork = desk.folder / "fork"
    desk.release("1564704000", out=fork)
    with pytest.raises(TamperError, match="two of one number"):
        desk.pull(fork)
    desk.add(record(id="r-5", network="203.0.113.49"))
    desk.release("1564790400", out=fork)
    with pytest.raises(TamperError, match="does not follow"):
        desk.pull(fork)


def test_missed_releases_do_not_break_the_succession(desk: Desk) -> None:
    desk.release()
    desk.pull()
    for number in (3, 4, 5):
        desk.add(record(id=f"r-{number}", network=f"203.0.113.{number}"))
        desk.release(str(1564617600 + number))
    assert (desk.pull()["sequence"], desk.pull()["relation"]) == (4, "same")


def test_a_publisher_cannot_take_back_by_silence(desk: Desk) -> None:
    desk.release()
    store = opening.open_store(str(desk.folder / "fresh.sqlite"))
    store.append([record()])
    store.close()
    with pytest.raises(DataError, match="not in the registry any more"):
        desk.release(registries=(str(desk.folder / "fresh.sqlite"),))


@pytest.mark.parametrize(
    ("more", "kind", "words"),
    [
        ({"name": "../x"}, UsageError, "no name"),
        ({"tlp": "WHITE"}, UsageError, "no TLP"),
        ({"registries": ("a", "b")}, UsageError, "one can be released"),
        ({"name": "another"}, UsageError, "the release before is of"),
        ({"tlp": "GREEN"}, UsageError, "this one would be TLP:GREEN"),
    ],
)
def test_what_cannot_be_released_is_told(
    desk: Desk, more: dict[str, Any], kind: type[ForensicsError], words: str
) -> None:
    desk.release()
    before = march.contents(desk.out)
    with pytest.raises(kind, match=words):
        desk.release(**more)
    assert march.contents(desk.out) == before


def test_a_release_needs_a_key_that_is_kept_and_a_folder_of_its_own(desk: Desk) -> None:
    with pytest.raises(KeyMaterialError, match="kept"):
        desk.release(key=None)
    desk.out.mkdir()
    (desk.out / "letter.txt").write_text("x")
    with pytest.raises(UsageError, match="something else"):
        desk.release()


def test_a_server_gives_a_release_after_consent(desk: Desk) -> None:
    desk.release()
    root, certificate, key = loopback.authority(desk.folder, loopback.HOST)
    settings = desk.folder / "servers.toml"
    settings.write_text(f'ca_file = "{root.name}"\n')
    routes: Routes = {f"/{NAME}/{path.name}": (200, {}, path.read_bytes()) for path in desk.out.iterdir()}
    seen: list[pulling.ReleasePlan] = []

    def agree(plan: pulling.ReleasePlan) -> str:
        seen.append(plan)
        return "yes"

    with loopback.registry(routes, (certificate, key)) as server:
        url = f"https://{loopback.HOST}:{server.port}/{NAME}"
        with pytest.raises(PolicyError, match="needs your consent"):
            desk.pull(url, settings=settings)
        assert server.log == []
        with pytest.raises(NetworkError, match="CERTIFICATE_VERIFY_FAILED"):
            desk.pull(url, consent=agree)
        assert server.log == []
        with pytest.raises(TamperError, match="unknown key"):
            desk.pull(url, settings=settings, consent=agree, trust=())
        assert len(server.log) == 2, "no record is fetched before the signature is known"
        assert desk.pull(url, settings=settings, consent=agree)["relation"] == "first"
        with pytest.raises(NetworkError, match="no such file"):
            desk.pull(f"{url}/none", settings=settings, consent=agree)
    assert server.log[2:6] == [f"/{NAME}/{name}" for name in ("manifest.json", "manifest.sig", *release.LISTED)]
    assert server.headers[0].keys() == {"host", "accept", "accept-encoding", "user-agent", "connection"}
    assert server.headers[0]["accept"] == "*/*"
    assert march.contents(held_releases.held(NAME).path) == march.contents(desk.out)
    assert "Learns: that this release is taken" in "\n".join(seen[0].lines())


def test_a_server_that_gives_more_or_other_than_signed_is_refused(desk: Desk) -> None:
    desk.release()
    held = {path.name: path.read_bytes() for path in desk.out.iterdir()}
    whole: Routes = {f"/{name}": (200, {}, data) for name, data in held.items()}
    for name, body in {
        "records.jsonl": held["records.jsonl"] + b"x" * 1000,
        "addresses.mmdb": bytes(len(held["addresses.mmdb"])),
        "manifest.json": b"x" * (release.MAX_MANIFEST + 1),
    }.items():
        with (
            loopback.registry({**whole, f"/{name}": (200, {}, body)}) as server,
            pytest.raises((NetworkError, TamperError)),
        ):
            desk.pull(f"http://{loopback.HOST}:{server.port}/", consent=lambda _: "yes")
    assert held_releases.all_held() == ()
    assert list(held_releases.folder().rglob(".arriving*")) == []


@pytest.mark.parametrize(
    "url", ["http://r.example/x", "ftp://r.example/", "https://u:p@r.example/", "https:///x", "https://r.example/?q"]
)
def test_what_is_no_address_of_a_release_is_refused_before_any_packet(desk: Desk, url: str) -> None:
    with pytest.raises(UsageError, match="no address of a release") as caught:
        desk.pull(url, consent=lambda _: "yes")
    assert ":p@" not in str(caught.value)


def test_two_processes_never_put_a_release_in_place_at_once(desk: Desk) -> None:
    """A second process is told to wait while the first holds the name; afterwards it goes through."""
    desk.release()
    code = (
        "import sys\nfrom forensics.pipeline import held_releases\nwith held_releases.alone(sys.argv[1]):\n"
        "    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, NAME], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=march.ROOT
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(StorageError, match="another process"):
            desk.pull()
        assert not held_releases.held(NAME).pulls
        other.communicate("")
    assert desk.pull()["changed"]


def test_a_damaged_state_is_told(desk: Desk) -> None:
    desk.release()
    desk.pull()
    state = held_releases.folder() / NAME / held_releases.STATE
    for text in ("", "[]", '{"schema": 1}', "[" * 100_000, state.read_text().replace("000001-", "../x-")):
        state.write_text(text)
        with pytest.raises(DataError):
            desk.pull()
    state.write_text('{"schema": "forensics/held-releases/2"}')
    with pytest.raises(DataError, match="newer schema"):
        held_releases.all_held()


@pytest.mark.parametrize("name", release.ALL)
def test_a_damaged_release_in_use_is_told_and_repaired_by_pulling_again(desk: Desk, name: str) -> None:
    desk.release()
    path = Path(desk.pull()["folder"]) / name
    data = path.read_bytes()
    path.write_bytes(data[:-20])
    if name in ("records.jsonl", "manifest.json"):
        with pytest.raises((TamperError, DataError)):
            registry_queries.registry_lookup("203.0.113.46", "", "", (), ())
    assert (desk.pull()["changed"], path.read_bytes()) == (True, data)
    assert desk.pull()["changed"] is False


def test_a_case_tells_which_release_it_used_and_what_a_newer_one_changes(
    desk: Desk, outcome: Outcome, tmp_path: Path
) -> None:
    """The sample registry, released; the attackers' address is retracted in the second release."""
    from forensics.pipeline.analyze import analyze
    from forensics.pipeline.request import demonstration

    sample = opening.load(str(march.ROOT / "samples" / "registry"))
    public = [item for item in sample.records if not item.entity and not item.link_b]
    assert {item.network for item in public} & {
        row["address"] for row in queries.addresses(outcome.case.path, brief=False)[1]
    }
    store = opening.open_store(str(tmp_path / "sample.sqlite"), About(name="Sample", sample=True))
    store.append([replace(item, version=1) for item in public if item.superseded_at is None])
    desk.store = str(tmp_path / "sample.sqlite")
    desk.release()
    desk.pull()
    request = replace(
        demonstration(tmp_path / "case", march.key_file(tmp_path), None), registries=held_releases.in_use()
    )
    with march.clock():
        case = analyze(request).case
    facts = queries.case_facts(case.path)
    row = next(item for item in facts["registries"] if item["name"] == NAME)
    assert (row["digest"], row["newer"], facts["changes"]) == (
        json.loads((desk.out / "manifest.json").read_text())["files"]["records.jsonl"]["sha256"],
        None,
        None,
    )
    before = march.contents(case.path)
    linked = {item["id"] for item in case.read_json("findings.json")["findings"] if item["kind"] == "registry_link"}
    for item in list(store.versions()):
        if item.superseded_at is None and item.state != "retracted":
            wrong = replace(item, state="retracted", reason="the log was of another machine", version=item.version + 1)
            store.append([replace(wrong, recorded_at=date(2026, 12, 1))])
    store.close()
    desk.release("1796083200")
    desk.pull(trust=())
    facts = queries.case_facts(case.path)
    row = next(item for item in facts["registries"] if item["name"] == NAME)
    assert row["newer"]["version"] == "2026-12-01.2"
    assert {item["id"] for item in facts["changes"]} & linked
    assert any("would change" in line for line in queries.facts_text(facts))
    assert march.contents(case.path) == before, "showing changes nothing"


def test_a_retraction_takes_support_from_an_older_copy_and_sets_of_a_name_stay_apart() -> None:
    own, copy, other = record(set="local"), record(set="local"), record(id="r-9", set="local", network="203.0.113.9")
    wrong = record(set="local", version=2, recorded_at=LATER, state="retracted", reason="wrong")
    stale, fresh = (replace(registry(*items), name=name) for name, items in (("a", (own, other)), ("b", (wrong,))))
    for used in ((stale, fresh), (fresh, stale)):
        sets = registries.weighed_sets(used)
        assert {name: [(item.id, item.state) for item in items] for name, items in sets.items()} == {
            "local (a 1)": [("r-9", "indicator")],
            "local (b 1)": [("r-1", "retracted")],
        }
    same = registries.weighed_sets((stale, replace(registry(copy), name="b")))
    assert [item.id for item in same["local"]] == ["r-1", "r-9"], "a copy is no second member"
