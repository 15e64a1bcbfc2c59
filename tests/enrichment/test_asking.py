"""Plan and questions: nothing beyond what was agreed to, one question per range, servers' wishes honoured."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from forensics.enrichment import plan as plans
from forensics.enrichment import policy, servers
from forensics.enrichment.answers import AnswerBook
from forensics.enrichment.asking import Asker, Tally
from forensics.enrichment.gate import NetGate
from forensics.enrichment.plan import Candidates, LookupPlan, Target, Wishes
from forensics.enrichment.source import LookupClass, Source, Transport
from forensics.errors import DataError, PolicyError, UsageError
from tests.enrichment import loopback, tiny
from tests.enrichment.loopback import HOST, Route

DAY = date(2020, 3, 17)
VENDOR = LookupClass.VENDOR
TEN = [f"192.0.2.{number}" for number in range(1, 11)]


def settings(folder: Path, port: int) -> servers.Servers:
    path = folder / "servers.toml"
    path.write_text(f'only = true\n[sample]\nregistry = "http://{HOST}:{port}"\n')
    return servers.load(path)


def candidates(*addresses: str, **more: object) -> Candidates:
    return Candidates(targets=[Target(address=one, days=(DAY,)) for one in addresses], **more)  # type: ignore[arg-type]


class Run:
    """One plan carried out against a loopback registry."""

    def __init__(self, folder: Path, port: int, sources: Mapping[str, Source] = tiny.STEADY, **more: object) -> None:
        """Prepare an empty book."""
        self.book = AnswerBook.load(folder / "book", sources=sources)
        self.wishes = Wishes(classes=frozenset({VENDOR}), servers=settings(folder, port), **more)  # type: ignore[arg-type]
        self.desk, self.hand = tiny.Desk(folder / "book"), tiny.Hand()

    def plan(self, *addresses: str, **more: object) -> LookupPlan:
        """Return the plan about addresses."""
        return plans.make(candidates(*addresses, **more), self.book, self.wishes)

    def ask(self, *addresses: str, made: LookupPlan | None = None) -> Tally:
        """Carry it out."""
        made = made or self.plan(*addresses)
        gate = NetGate([VENDOR], made.hosts)
        asker = Asker(plan=made, wishes=self.wishes, book=self.book, gate=gate, clock=self.hand, keeper=self.desk)
        return asker.run("seed")


def answers(*addresses: str, **more: object) -> dict[str, Route]:
    return {f"/ip/{one}": (200, {}, tiny.body("A", **more)) for one in addresses}


def test_all_are_asked_once_in_a_shuffled_order_that_repeats(tmp_path: Path) -> None:
    orders = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        with loopback.registry(answers(*TEN)) as server:
            tally = Run(tmp_path / name, server.port).ask(*TEN)
            assert (tally.replies, tally.unsent) == ({"answered": 10}, {})
        orders.append(server.log)
    assert orders[0] == orders[1]
    assert sorted(orders[0]) == sorted(f"/ip/{one}" for one in TEN)
    assert orders[0] != [f"/ip/{one}" for one in TEN]


def test_a_leaf_range_is_asked_once(tmp_path: Path) -> None:
    with loopback.registry(answers(*TEN, leaf=True, first="192.0.2.0", last="192.0.2.255")) as server:
        run = Run(tmp_path, server.port)
        tally = run.ask(*TEN)
        assert (tally.sent, len(server.log)) == (1, 1)
        assert all(run.book.answers(one, DAY) for one in TEN)
        again = run.plan(*TEN)
        assert (again.servers, {reason for _, reason in again.left_out}) == ((), {plans.HELD})


def test_what_is_settled_is_not_asked_again_and_failures_are(tmp_path: Path) -> None:
    routes: dict[str, Route] = {"/ip/192.0.2.1": (200, {}, tiny.body("A")), "/ip/192.0.2.3": (500, {}, b"")}
    with loopback.registry(routes) as server:
        run = Run(tmp_path, server.port)
        assert run.ask(*TEN[:3]).replies == {"answered": 1, "failed": 1, "not-found": 1}
        again = Run(tmp_path, server.port)
        assert [target.address for target in again.plan(*TEN[:3]).targets] == ["192.0.2.3"]


@pytest.mark.parametrize(("after", "slept"), [("7", [7.0]), ("Sun, 01 Nov 2026 12:00:09 GMT", [9.0]), ("0", [])])
def test_a_short_wait_is_waited_once(tmp_path: Path, after: str, slept: list[float]) -> None:
    seen: list[object] = []

    def first_limited(handler: object) -> None:
        seen.append(handler)
        limited = len(seen) == 1
        handler.send_response_only(429 if limited else 200)  # type: ignore[attr-defined]
        handler.send_header("Retry-After", after)  # type: ignore[attr-defined]
        handler.end_headers()  # type: ignore[attr-defined]
        handler.wfile.write(b"" if limited else tiny.body("A"))  # type: ignore[attr-defined]

    with loopback.registry({"/ip/192.0.2.1": first_limited}) as server:
        run = Run(tmp_path, server.port, tiny.SOURCES)
        assert run.ask("192.0.2.1").replies == {"answered": 1, "limited": 1}
    assert run.hand.slept == slept


@pytest.mark.parametrize("headers", [{"Retry-After": "3600"}, {"Retry-After": "soon"}, {}])
def test_a_long_wait_ends_the_questions_to_that_server(tmp_path: Path, headers: dict[str, str]) -> None:
    with loopback.registry({f"/ip/{one}": (429, headers, b"") for one in TEN}) as server:
        run = Run(tmp_path, server.port)
        tally = run.ask(*TEN)
    assert (tally.replies, run.hand.slept, len(server.log)) == ({"limited": 1}, [], 1)
    assert tally.unsent == {f"{HOST}:{server.port} asked us to wait": 9}


def test_a_server_that_fails_is_left_alone(tmp_path: Path) -> None:
    tally = Run(tmp_path, port := loopback.free_port()).ask(*TEN)
    assert tally.replies == {"failed": 3}
    assert tally.unsent == {f"{HOST}:{port} failed 3 times in a row": 7}


def test_questions_are_paced(tmp_path: Path) -> None:
    slow = {"tiny": replace(tiny.STEADY["tiny"], pause=1.5)}
    with loopback.registry(answers(*TEN[:4])) as server:
        run = Run(tmp_path, server.port, slow)
        run.ask(*TEN[:4])
    assert run.hand.slept == [1.5, 1.5, 1.5]


def test_a_source_that_never_stops_is_stopped(tmp_path: Path) -> None:
    routes: dict[str, Route] = {f"/n/{n}": (200, {}, tiny.body("A", next=f"/n/{n + 1}")) for n in range(100)}
    with loopback.registry({**routes, "/ip/192.0.2.1": (200, {}, tiny.body("A", next="/n/0"))}) as server:
        run = Run(tmp_path, server.port, tiny.SOURCES)
        made = run.plan("192.0.2.1")
        assert run.ask(made=made).sent <= made.most == 1 + plans.FOLLOW_UPS
    assert len(server.log) <= made.most


def test_nothing_goes_to_a_server_outside_the_plan(tmp_path: Path) -> None:
    def elsewhere(address: str, _: object, replies: object) -> list[object]:
        return [replace(tiny.question(address, "/next"), server="ripestat")] if replies else []

    greedy = {"tiny": replace(tiny.SOURCE, follow=elsewhere)}  # type: ignore[arg-type]
    with loopback.registry(answers("192.0.2.1")) as server:
        tally = Run(tmp_path, server.port, greedy).ask("192.0.2.1")
    assert tally.unsent == {"to a server that is not in the plan": 1}
    assert server.log == ["/ip/192.0.2.1"]


def test_a_stand_in_is_asked_only_where_the_other_gave_no_answer(tmp_path: Path) -> None:
    second = replace(
        tiny.STEADY["tiny"],
        name="second",
        fallback_for="tiny",
        queries=lambda address, _: (replace(tiny.question(address, f"/second/{address}"), source="second"),),
    )
    both = {"tiny": tiny.STEADY["tiny"], "second": second}
    with loopback.registry(answers("192.0.2.1")) as server:
        run = Run(tmp_path, server.port, both)
        made = run.plan("192.0.2.1", "192.0.2.2")
        assert run.ask(made=made).sent == 3
        assert made.most == 4
        again = run.plan("192.0.2.1", "192.0.2.2")
        assert (again.servers, {reason for _, reason in again.left_out}) == ((), {plans.HELD})
    assert [path for path in server.log if path.startswith("/second")] == ["/second/192.0.2.2"]


def test_the_plan_tells_whom_what_and_why_not(tmp_path: Path) -> None:
    run = Run(tmp_path, 9, limit=2)
    made = run.plan(*TEN[:3], "127.0.0.1", "10.1.2.3", "192.0.2.77", own={"192.0.2.77", "192.0.2.1"}, further=4)
    assert [target.address for target in made.targets] == ["192.0.2.2", "192.0.2.3"]
    assert dict(made.left_out) == {
        "192.0.2.1": plans.OWNER,
        "192.0.2.77": plans.OWNER,
        "127.0.0.1": plans.SPECIAL,
        "10.1.2.3": plans.SPECIAL,
    }
    text = "\n".join(made.lines())
    for part in ("Nothing has been sent yet", f"{HOST}:9", "the sample registry: the address", "192.0.2.2, 192.0.2.3",
                 "2 questions", "Way out: direct", plans.OWNER, plans.OVER):  # fmt: skip
        assert part in text
    assert json.loads(made.as_bytes())["queries"] == {"first": 2, "most": 2}
    assert made.hosts == {(HOST, 9)}


def test_samples_are_asked_about_on_this_machine_only(tmp_path: Path) -> None:
    path = tmp_path / "servers.toml"
    path.write_text('[sample]\nregistry = "https://registry.example"\n')
    wishes = Wishes(classes=frozenset({VENDOR}), servers=servers.load(path))
    book = AnswerBook.load(tmp_path, sources=tiny.SOURCES)
    made = plans.make(candidates("192.0.2.1", "85.132.24.10"), book, wishes)
    assert [target.address for target in made.targets] == ["85.132.24.10"]
    assert made.left_out == (("192.0.2.1", plans.SPECIAL),)


def test_without_an_owner_nothing_is_asked_in_reverse(tmp_path: Path) -> None:
    reverse = replace(
        tiny.STEADY["tiny"],
        name="reverse",
        lookup_class=LookupClass.PTR,
        queries=lambda address, _: (replace(tiny.question(address, "/ptr"), lookup_class=LookupClass.PTR),),
    )
    with loopback.registry(answers("192.0.2.1")) as server:
        run = Run(tmp_path, server.port, {"tiny": tiny.STEADY["tiny"], "reverse": reverse})
        run.wishes = replace(run.wishes, classes=frozenset({VENDOR, LookupClass.PTR}))
        made = run.plan("192.0.2.1", baseline=False)
        assert (made.classes, made.unset) == ((VENDOR,), (("ptr", plans.NO_SUSPICION),))
        run.ask(made=made)
        assert server.log == ["/ip/192.0.2.1"]
        assert run.plan("192.0.2.1").classes == (LookupClass.PTR, VENDOR)


def test_without_a_server_the_rest_is_asked(tmp_path: Path) -> None:
    wishes = Wishes(classes=frozenset({VENDOR}), servers=servers.Servers())
    made = plans.make(candidates("192.0.2.1"), AnswerBook.load(tmp_path, sources=tiny.SOURCES), wishes)
    assert (made.targets, made.servers, made.unset[0][0]) == ((), (), tiny.KEY)
    assert "Nothing to ask online" in next(made.lines())


@pytest.mark.parametrize(
    ("pap", "asked", "fine"),
    [
        ("RED", "rdap", False),
        ("PAP:RED", "asn", False),
        ("odd", "rdap", False),
        ("AMBER", "rdap,history,asn,vendor", True),
        ("AMBER", "ptr", False),
        ("GREEN", "ptr", True),
        ("CLEAR", "ptr", True),
        ("white", "ptr,rdap", True),
    ],
)
def test_the_mark_of_the_case_bounds_the_classes(pap: str, asked: str, fine: bool) -> None:  # noqa: FBT001 - a table
    opened = policy.classes([asked])
    if fine:
        assert policy.permit(opened, pap, understood=True) == opened
        return
    with pytest.raises(PolicyError, match="nothing was sent"):
        policy.permit(opened, pap, understood=True)


def test_a_reverse_look_up_needs_a_second_word() -> None:
    with pytest.raises(PolicyError, match="may be the adversary"):
        policy.permit({LookupClass.PTR}, "GREEN", understood=False)
    for wrong in ("rdap,no", "RDAP whois"):
        with pytest.raises(UsageError, match="no class"):
            policy.classes([wrong])
    with pytest.raises(UsageError, match="no PAP"):
        policy.protection("BLUE")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[rdap]\nripenc = "https://x.example"', "no server 'rdap.ripenc'"),
        ('[rdap]\nripencc = "http://x.example"', "loopback"),
        ('[rdap]\nripencc = "http://localhost"', "loopback"),
        ('[rdap]\nripencc = "ftp://x.example"', "is no server"),
        ('[rdap]\nripencc = "https://me:pw@x.example"', "is no server"),
        ("[rdap]\nripencc = 5", "write a server"),
        ('[servers]\ndns = "resolver.example"', "resolver.example"),
        ("only = 1", "only is true or false"),
        ("[rdap\n", "no TOML"),
    ],
)  # fmt: skip
def test_settings_that_would_ask_the_wrong_one_are_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "s.toml"
    path.write_text(text)
    with pytest.raises(DataError, match=said):
        servers.load(path)


def test_settings_in_every_spelling(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text(
        'ca_file = "ca.pem"\n[rdap]\nripencc = { url = "https://m.example:8443/rdap/", hosts = ["n.example"] }\n'
        '[whois]\narin = "127.0.0.1:4343"\n[servers]\ndns = "[::1]:5300"\n"rdap.arin" = "http://[::1]:80"\n'
    )
    made = servers.load(path)
    rdap = made.endpoint("rdap.ripencc", Transport.HTTPS)
    assert (rdap.host, rdap.port, rdap.base) == ("m.example", 8443, "/rdap")
    assert rdap.redirects == {("m.example", 8443), ("n.example", 8443)}
    assert made.endpoint("whois.arin", Transport.WHOIS).text == "127.0.0.1:4343"
    assert made.endpoint("dns", Transport.DNS).text == "[::1]:5300"
    assert made.endpoint("rdap.arin", Transport.HTTPS).local
    assert made.ca_file == tmp_path / "ca.pem"
    with pytest.raises(PolicyError, match="does not speak"):
        made.endpoint("whois.arin", Transport.HTTPS)
    with pytest.raises(PolicyError, match="past the proxy"):
        servers.Servers().endpoint("dns", Transport.DNS, proxied=True)
