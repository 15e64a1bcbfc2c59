"""The fictional March case: dated context, known infrastructure, coverage."""

from __future__ import annotations

import dataclasses
from datetime import date

from forensics.model import (
    AddressContext,
    Context,
    ContextStatus,
    Coverage,
    Link,
    LinkB,
    MemberCoverage,
    Record,
    Rejection,
    Source,
)
from forensics.report.view import (
    AddressRow,
)
from tests.report.story import EXPORTS, FILES, RING, WEAK, R, at, digest


def context(
    address: str, asn: str, name: str, *, prefix: str, gap: int = -10, as_of: date = date(2020, 3, 1)
) -> AddressContext:
    """Return a dated context from the sample snapshots."""

    def held(value: str) -> Context:
        snapshot = f"sample-{as_of:%Y-%m}"
        return Context(value=value, snapshot=snapshot, as_of=as_of, gap_days=gap, status=ContextStatus.BRACKETED)

    return AddressContext(
        address=address,
        at=date(2020, 3, 11),
        origin_as=held(asn),
        as_name=held(name),
        country=held("QZ"),
        prefix=prefix,
    )


def addresses() -> tuple[AddressRow, ...]:
    foreign = context("203.0.113.45", "AS64497", "Sample State Network", prefix="203.0.113.0/24")
    later = context(
        "203.0.113.45", "AS64511", "Sample Security Service", prefix="203.0.113.0/24", gap=2380, as_of=date(2026, 9, 16)
    )
    changed = Context(
        value="AS64505",
        snapshot="sample-2020-03",
        as_of=date(2020, 3, 1),
        gap_days=-10,
        status=ContextStatus.CHANGED_BETWEEN,
        other=(Context(value="AS64500", snapshot="sample-2020-10", as_of=date(2020, 10, 1), gap_days=204),),
    )
    mobile = dataclasses.replace(
        context("198.51.100.21", "AS64505", "Sample Mobile", prefix="198.51.100.0/25"),
        origin_as=changed,
        classes=("cgnat",),
        notes=("Without a source port, many subscribers share this address.",),
    )
    home = context("192.0.2.14", "AS64501", "Sample Cable", prefix="192.0.2.0/24")
    return (
        AddressRow(
            address="192.0.2.14",
            role=R.OWNER,
            first=at("16:00:00", "2020-01-02"),
            last=at("08:58:00"),
            events=611,
            providers=("Google", "Facebook", "Instagram"),
            context=home,
            latest=home,
        ),
        AddressRow(
            address="203.0.113.45",
            role=R.UNEXPLAINED,
            first=at("00:43:10"),
            last=at("03:15:00"),
            events=37,
            providers=("Google", "Facebook", "Telegram"),
            context=foreign,
            latest=later,
            registry="Same address as in incident QZ-2019-03, 2019-03-04. See F-5.",
        ),
        AddressRow(
            address="198.51.100.21",
            role=R.UNEXPLAINED,
            first=at("01:20:11"),
            last=at("02:41:00"),
            events=14,
            providers=("Facebook", "Instagram"),
            context=mobile,
        ),
        AddressRow(
            address="2001:db8:4::17",
            role=R.UNKNOWN,
            first=at("11:02:00", "2020-02-01"),
            last=None,
            events=1,
            providers=("Google",),
        ),
    )


def links() -> tuple[Link, ...]:
    derived: dict[str, float | str] = {
        "π0 (exact reuse, mean)": 0.074,
        "registry size R": 20.0,
        "population N": 748032.0,
        "q0 = R / N": 20 / 748032,
        "LR of the exact ring": 2767.8,
        "LR of the second address": 0.44,
        "product": 1215.0,
        "cap": 10000.0,
        "coincidence expectation E0": 5.35e-05,
    }
    return (
        Link(
            address="203.0.113.45",
            at=at("00:43:10"),
            ring="exact",
            record="QZ-2019-03",
            window="after",
            gap_days=373,
            strength=RING,
            assumptions=(
                "The address was static (half-life 4 years).",
                "Both addresses belong to one intrusion: same device datr:Qx7k.",
            ),
            derivation=derived,
        ),
        Link(
            address="198.51.100.21",
            at=at("01:20:11"),
            ring="country",
            record="",
            window="unknown",
            gap_days=None,
            strength=WEAK,
            assumptions=("Population: all announced addresses of QZ.",),
            derivation={"pi_elsewhere": 0.45, "q_elsewhere": 0.97},
        ),
    )


def record() -> Record:
    source = Source(
        id="R1",
        publisher="Sample Media Lab",
        title="Floods against a news site",
        citation="Sample Media Lab, report 7, 2 April 2019, p. 4 (fictional)",
        published=date(2019, 4, 2),
        retrieved_at=date(2020, 5, 1),
        sha256=digest("R1"),
        licence="CC BY 4.0",
        grade="B2",
        independence_group="Sample Media Lab",
    )
    return Record(
        id="QZ-2019-03",
        set="sample",
        kind="address",
        network="203.0.113.45",
        role="source of a flood",
        description="Flood against a news site, 4 March 2019",
        basis=("server log",),
        valid_from=date(2019, 3, 4),
        valid_until=date(2019, 3, 5),
        observed_at=(date(2019, 3, 4),),
        published_at=date(2019, 4, 2),
        recorded_at=date(2019, 4, 10),
        superseded_at=None,
        state="indicator",
        sharing_class="static",
        grade="B2",
        sources=(source,),
        link_b=(
            LinkB(
                entity="Fictional Ministry of Roads (QZ)",
                statement="The address block is registered to a data centre of the ministry.",
                source="R1",
                grade="B2",
                independence_group="Sample Media Lab",
            ),
        ),
        tlp="TLP:CLEAR",
        pap="PAP:CLEAR",
        licence="CC BY 4.0",
        unknown=(),
    )


def coverage() -> tuple[Coverage, tuple[Rejection, ...]]:
    members = []
    for name, (file, title, rows) in FILES.items():
        rejected = {"Google": 2, "Server": 3}.get(name, 0)
        unused = {"SMS": {"message without a login code": 1188}, "Server": {"static file": 41022}}.get(name, {})
        members.append(
            MemberCoverage(
                exhibit=digest(name),
                name=file,
                member=EXPORTS if name == "Google" else "",
                size=rows * 211,
                format=title,
                status="read",
                rows=rows,
                events=rows - rejected - sum(unused.values()),
                rejections=rejected,
                unused=unused,
            )
        )
    members.append(
        MemberCoverage(
            exhibit=digest("Google"),
            name="takeout-20200312.zip",
            member="Takeout/archive_browser.html",
            size=8800,
            format="",
            status="not_used",
            rows=1,
            events=0,
            rejections=0,
            unused={"index page of the archive": 1},
        )
    )
    rejections = (
        Rejection(
            exhibit=digest("Google"),
            member=EXPORTS,
            place="line:230",
            format="google_takeout",
            reason="time not understood",
            excerpt="2020-02-30 25:61:00 UTC,",
        ),
        Rejection(
            exhibit=digest("Server"),
            member="access.log",
            place="line:99120",
            format="access_log",
            reason="no closing quote",
            excerpt='198.51.100.77 - - [04/Mar/2019:10:11:12 +0400] "GET /\x1b[2J',
        ),
    )
    return Coverage(files=len(FILES), members=tuple(members)), rejections
