"""Nobody sees more than their marking, by no route; nothing that is asked for is kept; foreign pages get nothing."""

from __future__ import annotations

import base64
import json
import tempfile
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.errors import DataError, UsageError
from forensics.model import Record
from forensics.registry.record import TLP
from forensics.serve import feed
from forensics.serve.access import Tokens
from forensics.serve.audit import digest_of
from forensics.serve.sight import key_of, sight_of
from tests.registry.written import record, registry
from tests.serve.asking import HOST, Inside, Reply

ROOT = "/taxii2/registry/collections/"
DAY = date(2019, 6, 1)


@st.composite
def histories(draw: st.DrawFn) -> list[Record]:
    """Return records whose versions have markings of their own; every text names the marking of its version."""
    found: list[Record] = []
    for number in range(draw(st.integers(1, 5))):
        tlps = draw(st.lists(st.sampled_from(TLP), min_size=1, max_size=4))
        network = draw(
            st.sampled_from(["203.0.113.0/24", "203.0.113.45", "203.0.113.46", "2001:db8::1", "198.51.100.1"])
        )
        for index, tlp in enumerate(tlps):
            canary = f"canary-{TLP.index(tlp)}-{number}-{index}"
            found.append(
                replace(
                    record(
                        id=f"r-{number}", kind="prefix" if "/" in network else "address", network=network, role=canary,
                        description=canary, note=canary, tlp=tlp, state=draw(st.sampled_from(["candidate", "indicator"])),
                        valid_from=draw(st.sampled_from(["unknown", date(2018, 1, 1)])), unknown=[canary], version=index + 1,
                        recorded_at=DAY + timedelta(days=index),
                    ),
                    superseded_at=DAY + timedelta(days=index + 1) if index + 1 < len(tlps) else None,
                )
            )  # fmt: skip
    return found


def everything(inside: Inside, records: list[Record], token: str) -> bytes:
    """Ask for all there is by every route, as one client."""
    bearer = {"authorization": f"Bearer {token}"}
    networks = sorted({one.network for one in records} | {"203.0.112.0/22", "2001:db8::/32"})
    replies: list[Reply] = []
    for known_at in (None, *(str(DAY + timedelta(days=days)) for days in range(4))):
        replies.append(inside.look_up(*networks, token=token, neighbours=True, known_at=known_at))
        fields = {"queries": "\n".join(networks), "known_at": known_at or "", "neighbours": "yes"}
        replies.append(inside.form(fields, **bearer))
    replies += [inside.ask("GET", f"/api/v1/records/{key_of(one.id)}", **bearer) for one in records]
    replies += [inside.ask("GET", path, **bearer) for path in ("/api/v1/collections", "/", ROOT)]
    for tlp in TLP:
        own = f"{ROOT}tlp-{tlp.lower().replace('+', '-')}/"
        paths = ["", "objects/?match[version]=all&limit=1000", "manifest/?match[version]=all&limit=1000"]
        replies += [inside.ask("GET", own + path, **bearer) for path in paths]
    assert {reply.status for reply in replies} <= {200, 404}
    return b"\n".join(reply.body for reply in replies)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories())
def test_no_route_and_no_feed_shows_what_is_marked_higher(records: list[Record]) -> None:
    held = registry(*records)
    for rank, tlp in enumerate(TLP):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            inside = Inside([held], folder)
            token = inside.tokens.new("client", tlp, DAY)
            seen = everything(inside, records, token)
            feed.write([held], tlp, folder / "feed")
            seen += b"".join(path.read_bytes() for path in (folder / "feed").rglob("*") if path.is_file())
        for index, one in enumerate(records):
            later = [other for other in records[index:] if other.id == one.id]
            visible = all(TLP.index(other.tlp) <= rank for other in later)
            assert (one.role.encode() in seen) == visible, (tlp, one.role)


def test_what_is_hidden_leaves_no_trace(tmp_path: Path) -> None:
    """Not in counts, digests, dates, names of states, or the id of a replacement."""
    shown = record(state="retracted", reason="Wrong.", replacement="r-secret")
    hidden = record(id="r-secret", tlp="RED", network="203.0.113.46", recorded_at=date(2020, 1, 1))
    live = replace(registry(shown, hidden), version="live.2")
    alone = replace(registry(replace(shown, replacement="")), version="live.1")
    found, wanted = (sight_of([one], "GREEN").registries[0] for one in (live, alone))
    assert (found.records, found.version) == (wanted.records, "live.1")
    assert found.published == date(2019, 6, 1)
    assert Inside([live], tmp_path).look_up("203.0.113.46").json()["answers"][0]["matches"] == []
    assert sight_of([live], "RED").registries == (live,)
    assert sight_of([registry(hidden)], "AMBER+STRICT").registries == ()


def test_a_hidden_record_and_a_missing_one_are_told_alike(tmp_path: Path) -> None:
    inside = Inside([registry(record(tlp="AMBER"))], tmp_path)
    hidden, missing = (inside.ask("GET", f"/api/v1/records/{key_of(name)}") for name in ("r-1", "r-none"))
    assert hidden.status == 404
    assert hidden == missing
    assert inside.ask("GET", f"{ROOT}tlp-amber/").body == inside.ask("GET", f"{ROOT}tlp-nonsense/").body


def test_tokens_are_kept_as_digests_and_end_when_revoked(tmp_path: Path) -> None:
    inside = Inside([registry(record(tlp="GREEN"))], tmp_path)
    secret = inside.tokens.new("partner", "GREEN", DAY)
    assert len(base64.urlsafe_b64decode(secret.removeprefix("frt_") + "=")) == 32
    kept = tmp_path / "tokens.toml"
    assert secret not in kept.read_text()
    assert secret[4:] not in kept.read_text()
    assert kept.stat().st_mode & 0o077 == 0
    key = f"/api/v1/records/{key_of('r-1')}"
    basic = base64.b64encode(f"anybody:{secret}".encode()).decode()
    for authorization in (f"Bearer {secret}", f"bearer {secret}", f"Token {secret}", f"Basic {basic}"):
        assert inside.ask("GET", key, authorization=authorization).status == 200
    assert inside.ask("GET", key).status == 404
    for wrong in ("Bearer frt_wrong", "Bearer ", "Digest x", "Basic !!", f"Bearer {secret}x", "Basic " + "A" * 9000):
        assert inside.ask("GET", key, authorization=wrong).status == 401
    Tokens(kept).revoke("partner")
    assert inside.ask("GET", key, authorization=f"Bearer {secret}").status == 401
    with pytest.raises(UsageError, match="no token has this name"):
        inside.tokens.revoke("partner")


@pytest.mark.parametrize(
    "text", ["token = 3", "[[token]]\nname = 'a'", "x", "[[token]]\nname='a'\ntlp='PURPLE'\n", "token=['a']"]
)
def test_a_damaged_file_of_tokens_lets_nobody_in(tmp_path: Path, text: str) -> None:
    (tmp_path / "tokens.toml").write_text(text)
    with pytest.raises(DataError, match="tokens"):
        Tokens(tmp_path / "tokens.toml").all()


@pytest.mark.parametrize(
    ("name", "tlp"), [("", "RED"), ("a b", "RED"), ('a"', "RED"), ("a", "WHITE"), ("a" * 41, "RED")]
)
def test_a_token_needs_a_name_and_a_marking(tmp_path: Path, name: str, tlp: str) -> None:
    with pytest.raises(UsageError):
        Tokens(tmp_path / "t").new(name, tlp, DAY)


@pytest.mark.parametrize("pap", ["RED", "AMBER", "GREEN", "CLEAR"])
def test_the_audit_log_holds_what_pap_allows(tmp_path: Path, pap: str) -> None:
    canary = "198.51.100.77"
    inside = Inside([registry(record())], tmp_path, pap=pap)
    inside.look_up(canary, "canary is no query")
    inside.form({"queries": canary})
    inside.ask("GET", f"/{canary}")
    inside.ask("GET", f"/api/v1/records/{canary}")
    inside.ask("GET", f"/?queries={canary}")
    inside.ask("GET", f"{ROOT}{canary}/objects/{canary}/")
    inside.ask("GET", "/", host=canary)
    text = inside.audit.read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["status"] for line in lines] == [200, 200, 404, 404, 400, 404, 421]
    assert [line["entries"] for line in lines] == [1, 1, 0, 0, 0, 0, 0]
    assert lines[2]["route"] == lines[6]["route"] == "none"
    assert (canary in text) == (pap in ("GREEN", "CLEAR"))
    digest = digest_of(b"k" * 32, f"address={canary}")
    assert [line.get("query_digests") for line in lines[:2]] == ([[digest]] * 2 if pap == "AMBER" else [None] * 2)
    assert "no query" not in text


def test_without_an_audit_line_there_is_no_answer(tmp_path: Path) -> None:
    inside = Inside([registry(record())], tmp_path)
    inside.audit.mkdir()
    for reply in (inside.look_up("203.0.113.45"), inside.ask("GET", "/"), inside.ask("GET", "/taxii2/")):
        assert reply.status == 503
        assert b"203.0.113" not in reply.body.replace(b"203.0.113.45, 203.0.113.0/24", b"")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"host": "evil.example"}, 421),
        ({"host": f"{HOST}:81"}, 421),
        ({"host": ""}, 421),
        ({"host": HOST.upper()}, 200),
        ({"origin": f"https://{HOST}"}, 200),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec_fetch_site": "same-origin"}, 200),
        ({"sec_fetch_site": "cross-site"}, 403),
        ({"sec_fetch_site": "same-site"}, 403),
    ],
)
def test_foreign_names_and_pages_are_refused(tmp_path: Path, headers: dict[str, str], status: int) -> None:
    inside = Inside([registry(record())], tmp_path)
    reply = inside.form({"queries": "203.0.113.45"}, **headers)
    assert reply.status == status
    assert (b"source of an attack" in reply.body) == (status == 200)
    assert not [name for name in reply.headers if name.startswith("access-control")]
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["content-security-policy"].startswith("default-src 'none'")


def test_no_other_site_is_allowed_to_read_even_when_it_asks_first(tmp_path: Path) -> None:
    inside = Inside([registry(record())], tmp_path)
    reply = inside.ask("OPTIONS", "/api/v1/lookup", origin="https://evil.example", access_control_request_method="POST")
    assert reply.status == 403
    assert not [name for name in reply.headers if name.startswith("access-control")]


def test_who_asks_too_often_waits(tmp_path: Path) -> None:
    inside = Inside([registry(record())], tmp_path, per_minute=60)
    assert inside.look_up(*["203.0.113.45"] * 58).status == 200
    assert inside.ask("GET", "/").status == 200
    refused = inside.look_up("203.0.113.45")
    assert (refused.status, refused.headers["retry-after"]) == (429, "1")
    inside.elapsed += 2
    assert inside.look_up("203.0.113.45").status == 200
    inside.elapsed += 60
    assert inside.look_up(*["203.0.113.45"] * 500).status == 200, (
        "a long list is granted by a bucket that is nearly full"
    )
    refused = inside.ask("GET", "/")
    assert (refused.status, refused.headers["retry-after"]) == (429, "442"), "and paid afterwards"
    token = inside.tokens.new("other", "GREEN", DAY)
    assert inside.look_up("203.0.113.45", token=token).status == 200
    assert [inside.ask("GET", "/", authorization="Bearer x").status for _ in range(4)] == [401, 401, 401, 429]


def test_a_retraction_is_seen_at_once(tmp_path: Path) -> None:
    inside = Inside([registry(record())], tmp_path)
    assert match_of(inside)["state"] == "indicator"
    inside.held = [registry(record(state="retracted", reason="A digit was wrong."))]
    inside.state += 1
    assert match_of(inside)["state"] == "retracted"


def match_of(inside: Inside) -> dict[str, Any]:
    """Return the one record on 203.0.113.45."""
    found: dict[str, Any] = inside.look_up("203.0.113.45").json()["answers"][0]["matches"][0]["record"]
    return found


def test_large_bodies_are_refused_before_and_while_they_are_read(tmp_path: Path) -> None:
    inside = Inside([registry(record())], tmp_path)
    large, kind = b" " * (4 * 1024 * 1024 + 1), "application/json"
    for length in ("999999999999999999", "-1", "x", str(len(large))):
        assert inside.ask("POST", "/api/v1/lookup", content_type=kind, content_length=length).status == 413
    assert inside.ask("POST", "/api/v1/lookup", large, content_type=kind).status == 413


def test_more_matches_than_can_be_shown_are_refused_not_cut(tmp_path: Path) -> None:
    held = [record(id=f"r-{n}", network=f"203.0.{113 + n // 256}.{n % 256}") for n in range(1001)]
    inside = Inside([registry(*held)], tmp_path)
    assert inside.look_up(*["203.0.112.0/20"] * 4).status == 200
    assert inside.look_up(*["203.0.112.0/20"] * 5).status == 413
    page = inside.form({"queries": "203.0.112.0/20"})
    assert page.body.count(b"<article") == 50
    assert b"951 more records match" in page.body
