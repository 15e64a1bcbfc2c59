"""Views for the tests of the report: the rich fictional case, an empty one, a hostile one, a very large one."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any

from forensics.model import (
    Coverage,
    Exhibit,
    Place,
    Snapshot,
)
from forensics.report.enclosure import Enclosure
from forensics.report.view import (
    CaseView,
    Checkpoint,
    ExhibitRow,
    Lane,
    Mark,
    RegistryUsed,
)
from tests.report.story import FILES, R, U, at, digest, lanes, steps
from tests.report.story_context import addresses, coverage, links, record
from tests.report.story_findings import findings, sessions

DATA = b'{"schema": "x"}'
ENCLOSED = Enclosure(
    name="findings.json", sha256=hashlib.sha256(DATA).hexdigest(), size=len(DATA), media_type="application/json",
    relation="data", text_key="pdf.file.findings", data=DATA,
)  # fmt: skip
"""A table that goes with a report."""

SCALE_CITATION = "Verbal scale of a made-up association, table 3."


@cache
def rich() -> CaseView:
    """Return the fictional March case with every part of the report filled."""
    ledger, rejections = coverage()
    snapshots = tuple(
        Snapshot(
            id=f"sample-{day:%Y-%m}",
            kind="origin AS, name, country",
            as_of=day,
            source="generated for this sample",
            source_sha256=digest(str(day)),
            bundle_sha256=digest(f"bundle {day}"),
            licence="CC0-1.0",
            attribution="Fictional holders of documentation addresses.",
            rows_v4=12,
            rows_v6=2,
            sample=True,
        )
        for day in (date(2020, 3, 1), date(2020, 10, 1), date(2026, 9, 16))
    )
    return CaseView(
        case_id="7c1f0e52a9",
        reference="QZ-2020-0311",
        title="Four accounts of an editor, 11 March 2020",
        sample=True,
        tool_version="forensics 0.1.0",
        created="2020-03-20 09:00:00 UTC",
        tlp="TLP:AMBER+STRICT",
        pap="PAP:AMBER",
        examiner="Examiner 1, digital security helpline",
        mandate="Written consent of the account owner, 12 March 2020",
        scale=(("over 1 to 10", "weak support"), ("over 10 to 100", "moderate support")),
        scale_citation=SCALE_CITATION,
        owner_zone="Asia/Baku",
        owner_summary=(
            "Clean window: 2020-01-01 to 2020-03-08. Only the owner used the accounts.",
            "Home address 192.0.2.14 (cable), mobile egress 198.51.100.70.",
            "Devices: an iPhone and a Windows laptop with Firefox.",
        ),
        exhibits=tuple(
            ExhibitRow(
                exhibit=Exhibit(name=file, size=rows * 211, sha256=digest(name)),
                format=title,
                rows=rows,
                obtained="export made by the owner on 12 March 2020",
            )
            for name, (file, title, rows) in FILES.items()
        ),
        coverage=ledger,
        rejections=rejections,
        findings=findings(),
        sessions=sessions(),
        addresses=addresses(),
        lanes=lanes(),
        key_steps=steps(),
        links=links(),
        records=(record(),),
        snapshots=snapshots,
        registries=(
            RegistryUsed(
                name="sample-registry", version="2020-03", digest=digest("registry"), licence="CC BY 4.0", records=20
            ),
        ),
        parameters="rings-1 (default)",
        key_fingerprint="SHA256:0Zk1…",
        limits=(
            ("User agents are texts that a client sends. They can be forged, and they do not name a person."),
            "Five rows were not understood. None of them lies on 11 March 2020.",
            ("The source port is missing in all records. A shared address cannot be resolved to one subscriber."),
        ),
        checkpoint=Checkpoint(
            origin="case.example/case/7c1f0e52a9",
            size=17,
            root="GIMX2ao0aNXOEMyNeISaZxmIaZe8mNFsaJSPnWMzQuM=",
            note=""
            "case.example/case/7c1f0e52a9\n17\nGIMX2ao0aNXOEMyNeISaZxmIaZe8mNFsaJSPnWMzQuM=\n\n— "
            "case.example/case/7c1f0e52a9 "
            ""
            "Aa1b2c3d4e5f60718293a4b5c6d7e8f90Aa1b2c3d4e5f60718293a4b5c6d7e8f90Aa1b2c3d4e5f60718293a4b5c6d7e8f90\n",
        ),
    )


def empty() -> CaseView:
    """Return a case with nothing but an id."""
    return CaseView(case_id="empty")


def logs_only() -> CaseView:
    """Return a case of web logs: addresses and coverage, but no account, no owner and no finding."""
    held = rich()
    return CaseView(
        case_id="logs",
        exhibits=held.exhibits[-1:],
        addresses=held.addresses[1:2],
        coverage=Coverage(files=1, members=held.coverage.members[6:7]),
    )


def huge(count: int = 100_000) -> CaseView:
    """Return a case with very many addresses, marks and places."""
    start = at("00:00:00", "2019-03-04")
    row = rich().addresses[2]
    addresses = tuple(
        dataclasses.replace(row, address=f"198.51.{n // 256 % 256}.{n % 256}", first=start + timedelta(seconds=n))
        for n in range(count)
    )
    marks = tuple(Mark(start=start + timedelta(seconds=n), role=R.UNKNOWN, action=U.REQUEST) for n in range(count))
    basis = tuple(Place(exhibit=digest("Server"), place=f"line:{n}") for n in range(1000))
    finding = dataclasses.replace(findings()[0], kind="brute_force", basis=basis)
    return CaseView(
        case_id="huge",
        addresses=addresses,
        lanes=(Lane(provider="Server", account="", marks=marks),),
        findings=(finding,),
    )


HOSTILE = (
    "<script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    "</style><script>window.pwned=1</script>",
    "{{7*7}}{% raw %}",
    "\x1b[2J\x1b]0;owned\x07",
    "\u202egnp.exe\u202c\u2066",
    "javascript:alert(1)",
    "https://evil.example/a?b=c",
    "'\"><svg onload=window.pwned=1>",
    "x" * 10_000,
    "\ud800 lone",
    "a\u0300" + "\u0301" * 50,
    "]]><!-- --><![CDATA[",
    "line\nbreak\r\ttab\u2028",
    "&lt;b&gt;&#60;i&#62;",
    "url(https://evil.example/x)",
    '#eval("1+1") #read("/etc/passwd")',
    "=cmd|'/c calc'!A0",
    "\U0001f600\u200d\U0001f525 \U000e0041",
)


def hostile(which: int = 0) -> CaseView:
    """Return the rich case with every text in it replaced by hostile ones, starting at a place in the list."""
    count = which

    def spoil(value: Any) -> Any:
        nonlocal count
        if type(value) is str:
            count += 1
            return HOSTILE[count % len(HOSTILE)]
        if isinstance(value, tuple):
            return tuple(spoil(item) for item in value)
        if isinstance(value, Mapping):
            return {spoil(key) + str(n): spoil(item) for n, (key, item) in enumerate(value.items())}
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            fields = {item.name: spoil(getattr(value, item.name)) for item in dataclasses.fields(value) if item.init}
            return type(value)(**fields)
        return value

    spoiled = spoil(rich())
    assert isinstance(spoiled, CaseView)
    return spoiled


def texts_of(value: Any) -> Iterator[str]:
    """Yield every text inside a view, however deep, to show that the hostile view spoils them all."""
    if type(value) is str:
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from texts_of(item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from texts_of(item)
    elif dataclasses.is_dataclass(value):
        for item in dataclasses.fields(value):
            yield from texts_of(getattr(value, item.name))
