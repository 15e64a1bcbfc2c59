"""What a case may hold beside its addresses, drawn for tests of the other groups of evidence."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import strategies as st

from forensics.attribution.group_values import Held
from forensics.model import Record
from tests.attribution.sets import record, source

KEY, OTHER_KEY = (f"SHA256:{letter * 43}" for letter in "AB")
FIREFOX, CHROME = (
    f"Mozilla/5.0 (X11; Linux x86_64) {name}" for name in ("Gecko/20100101 Firefox/73.0", "AppleWebKit Chrome/80")
)
VALUES = {
    "ssh_host_key": (KEY, OTHER_KEY),
    "tls_certificate": ("a" * 64,),
    "mail_helo": ("mail.state.example", "win-1"),
    "domain": ("state.example", "other.example"),
    "device_id": ("datr:Qx7kAAAA", "datr:Zt5wBBBB", FIREFOX, CHROME, f"ssh-key:{KEY}"),
    "sha256": ("b" * 64,),
}


def on_record(kind: str, text: str, **changes: object) -> Record:
    facts = {"id": f"{kind}-{text[:30]}", "kind": kind, "network": text, **changes}
    return replace(record("10.0.0.1"), **facts)  # type: ignore[arg-type] # fields of a record


@st.composite
def recorded(draw: st.DrawFn) -> tuple[Record, str]:
    kind = draw(st.sampled_from(sorted(VALUES)))
    text = draw(st.sampled_from(VALUES[kind]))
    origin, day = draw(st.sampled_from("abc")), date(2019, draw(st.integers(1, 12)), 1)
    made = on_record(
        kind,
        text,
        id=f"r-{draw(st.integers(0, 99)):02}",
        published_at=draw(st.sampled_from((day, None))),
        sharing_class=draw(st.sampled_from(("dedicated", "unknown", "hosting"))),
        sources=(source(origin),),
    )
    return made, draw(st.sampled_from(("inside", "inside", "before", "unknown")))


@st.composite
def held_values(draw: st.DrawFn) -> Held:
    def some(*texts: str) -> tuple[str, ...]:
        return tuple(draw(st.lists(st.sampled_from(texts), unique=True)))

    found = draw(st.lists(recorded(), max_size=8, unique_by=lambda item: item[0].id))
    return Held(
        devices=some("datr:Qx7k", "datr:Nope", f"ssh-key:{KEY}", "ssh-key:SHA256:" + "C" * 43),
        agents=some(FIREFOX, CHROME, "Mozilla/5.0 (compatible; Googlebot/2.1)", "curl/7.68.0"),
        hours=(1, 2),
        names=some("mail.state.example", "localhost"),
        confirmed=some("vpn.state.example", "third.example"),
        reverse=some("host.state.example"),
        records=tuple(found),
        reports=frozenset(draw(st.lists(st.sampled_from("abc"), max_size=1))),
        others=draw(st.sampled_from((0, 99, 100, 20_000))),
        showing={FIREFOX: draw(st.integers(0, 99))},
        hosts=draw(st.integers(0, 500)),
        size=draw(st.sampled_from((0, 7_424, 738_048))),
    )
