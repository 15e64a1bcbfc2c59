"""Views for the tests of the report: the rich fictional case, an empty one, a hostile one, a very large one."""

from __future__ import annotations

import dataclasses
import hashlib
import types
import typing
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from functools import cache
from typing import Any

from forensics.model import (
    Action,
    AddressContext,
    Context,
    ContextStatus,
    Coverage,
    Event,
    Exhibit,
    Finding,
    Link,
    LinkB,
    MemberCoverage,
    Place,
    Record,
    Rejection,
    Role,
    Session,
    Snapshot,
    Source,
    Strength,
)
from forensics.report.view import (
    AddressRow,
    CaseView,
    Checkpoint,
    ExhibitRow,
    KeyStep,
    Lane,
    Mark,
    RegistryUsed,
)

AGENT = "Mozilla/5.0 (Windows NT 6.1; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/79.0.3945.130 Safari/537.36"
OWN_AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:73.0) Gecko/20100101 Firefox/73.0"
ACCOUNTS = {
    "Google": "editor@mail.example",
    "Facebook": "The Editor",
    "Telegram": "+00000000000",
    "Instagram": "the_editor_example",
}
FILES = {
    "Google": ("takeout-20200312.zip", "Google Takeout: access log", 412),
    "Facebook": ("facebook-editor.example.zip", "Facebook: security and login information", 268),
    "Telegram": ("result.json", "Telegram: account data", 61),
    "Instagram": ("the_editor_example_20200313.zip", "Instagram: login activity", 95),
    "SMS": ("sms-20200312.xml", "SMS Backup & Restore", 1204),
    "Mail": ("2020-03-09-alert.eml", "E-mail message", 1),
    "Server": ("access.log.gz", "Web server access log", 482113),
}
R, U = Role, Action


def digest(text: str) -> str:
    """Return a digest that belongs to a name."""
    return hashlib.sha256(text.encode()).hexdigest()


def at(clock: str, day: str = "2020-03-11") -> datetime:
    """Return a UTC time on the day of the incident."""
    return datetime.fromisoformat(f"{day}T{clock}+00:00").astimezone(UTC)


def spot(provider: str, place: str, member: str = "") -> Place:
    """Return a place in the exhibit of a provider."""
    return Place(exhibit=digest(provider), member=member, place=place)


def context(address: str, asn: str, name: str, *, prefix: str, gap: int = -10, as_of: date = date(2020, 3, 1)) -> AddressContext:
    """Return a dated context from the sample snapshots."""

    def held(value: str) -> Context:
        snapshot = f"sample-{as_of:%Y-%m}"
        return Context(value=value, snapshot=snapshot, as_of=as_of, gap_days=gap, status=ContextStatus.BRACKETED)

    return AddressContext(
        address=address, at=date(2020, 3, 11), origin_as=held(asn), as_name=held(name),
        country=held("QZ"), prefix=prefix,
    )  # fmt: skip


EXPORTS = "Takeout/Access Log Activity/Activities - A list of Google services accessed by.csv"
SECURITY = "security_and_login_information/logins_and_logouts.json"
RING = Strength(
    lr_low=470, lr=1215, lr_high=2170, words="strong support", against="an unrelated source in the announced address space of QZ",
    lr_network=27, words_network="moderate support",
)  # fmt: skip
WEAK = Strength(lr_low=0.40, lr=0.44, lr_high=0.48, words="no support", against="an unrelated source in the announced address space of QZ")


def _steps() -> tuple[KeyStep, ...]:
    told = [
        ("00:41:07", "SMS", "", None, "A code for the Google account arrived by SMS.", "F-2"),
        ("00:43:10", "Google", "Google", R.UNEXPLAINED, "The account was opened from 203.0.113.45.", "F-1"),
        ("00:52:30", "Facebook", "Facebook", R.UNEXPLAINED, "The account was opened from 203.0.113.45.", "F-1"),
        ("00:55:02", "Facebook", "Facebook", R.UNEXPLAINED, "The password was changed.", "F-1"),
        ("00:58:44", "Telegram", "Telegram", R.UNEXPLAINED, "A new session “Desktop” began from 203.0.113.45.", "F-1"),
        ("01:05:00", "Google", "Google", R.UNEXPLAINED, "An archive of all Google data was requested.", "F-3"),
        ("01:20:11", "Instagram", "Instagram", R.UNEXPLAINED, "The account was opened from 198.51.100.21.", "F-1"),
        ("01:48:00", "Google", "Google", R.UNEXPLAINED, "The data archive was ready for download.", "F-3"),
        ("02:31:00", "Facebook", "Facebook", R.UNEXPLAINED, "The first of three groups was deleted.", "F-4"),
        ("07:30:20", "Google", "Google", R.OWNER, "The owner recovered the account from 192.0.2.14.", ""),
    ]
    return tuple(
        KeyStep(at=at(clock), label=label, provider=provider, account=ACCOUNTS.get(lane, ""), role=role, finding=finding)
        for clock, provider, lane, role, label, finding in told
    )


def _own_marks(provider: str) -> list[Mark]:
    every = {"Google": 3, "Facebook": 4, "Telegram": 9, "Instagram": 6}[provider]
    days = range(0, 66, every)
    begun = [at("16:00:00", "2020-01-02") + timedelta(days=day, minutes=37 * day % 240) for day in days]
    return [
        Mark(start=start, end=start + timedelta(minutes=55), role=R.OWNER, action=U.SESSION, label="192.0.2.14") for start in begun
    ]


def _lanes() -> tuple[Lane, ...]:
    def foreign(clock: str, action: Action, label: str = "", end: str = "") -> Mark:
        return Mark(start=at(clock), end=at(end) if end else None, role=R.UNEXPLAINED, action=action, label=label)

    def own(clock: str, action: Action, label: str = "192.0.2.14", end: str = "") -> Mark:
        return Mark(start=at(clock), end=at(end) if end else None, role=R.OWNER, action=action, label=label)

    told = {
        "Google": [
            foreign("00:43:10", U.SESSION, "203.0.113.45", "02:10:00"), foreign("00:44:00", U.LOGIN),
            foreign("00:46:12", U.RECOVERY_CHANGED, "recovery telephone removed"), foreign("01:05:00", U.EXPORT_REQUESTED, "archive requested"),
            foreign("01:48:00", U.EXPORT_READY, "archive ready"), own("07:30:20", U.SESSION, end="08:58:00"),
            own("07:34:00", U.PASSWORD_CHANGED), own("07:41:00", U.TWO_FACTOR_CHANGED),
        ],
        "Facebook": [
            foreign("00:52:30", U.SESSION, "203.0.113.45", "01:40:00"), foreign("00:55:02", U.PASSWORD_CHANGED, "password changed"),
            foreign("01:10:00", U.EXPORT_REQUESTED, "download requested"), foreign("02:02:00", U.EXPORT_READY, "download ready"),
            foreign("02:20:00", U.SESSION, "198.51.100.21", "02:41:00"), foreign("02:31:00", U.GROUP_DELETED, "group deleted"),
            foreign("02:33:00", U.GROUP_DELETED, "group deleted"), foreign("02:36:00", U.GROUP_DELETED, "group deleted"),
            own("08:02:00", U.SESSION, end="08:40:00"), own("08:04:00", U.PASSWORD_CHANGED),
        ],
        "Telegram": [foreign("00:58:44", U.SESSION, "203.0.113.45", "03:15:00"), own("08:20:00", U.SESSION_ENDED)],
        "Instagram": [
            foreign("01:20:11", U.SESSION, "198.51.100.21", "01:55:00"), foreign("01:22:00", U.PASSWORD_CHANGED),
            Mark(start=at("04:10:00"), role=R.UNKNOWN, action=U.LOGIN, label="no address recorded"), own("08:41:00", U.LOGIN),
        ],
    }  # fmt: skip
    begin = {"Google": "2020-01-01", "Facebook": "2020-01-01", "Telegram": "2020-02-20", "Instagram": "2020-01-10"}
    lanes = []
    for provider, marks in told.items():
        gap = ((at("05:00:00"), at("07:10:00")),) if provider == "Telegram" else ()
        lanes.append(
            Lane(
                provider=provider, account=ACCOUNTS[provider], marks=(*_own_marks(provider), *marks), no_data=gap,
                covered=((at("00:00:00", begin[provider]), at("12:00:00", "2020-03-12")),),
            )
        )  # fmt: skip
    return tuple(lanes)


def _findings() -> tuple[Finding, ...]:
    return (
        Finding(
            id="F-1", kind="takeover_sequence",
            statement="On 11 March 2020, between 00:43 and 01:20 UTC, four accounts were opened within 37 minutes from two addresses that "
            "nothing the owner declared explains. In two of them the password was changed at once.",
            strength=None, basis=(spot("Google", "line:118", EXPORTS), spot("Facebook", "/logins/41", SECURITY),
                                  spot("Telegram", "/sessions/list/3", "result.json"), spot("Instagram", "/login_history/0", "login_activity.json")),
            alternatives=("The owner used a network that she did not declare. She was abroad on no such day, as she states.",
                          "A family member used her devices. None of the four clients was seen in the clean window.",
                          "The provider recorded its own address. Four providers would have had to do so on one night."),
            challenge="Show that 203.0.113.45 or 198.51.100.21 was used by the owner before 11 March 2020. Add the address to the owner file and run the analysis again.",
            facts={"first": "2020-03-11T00:43:10Z", "last": "2020-03-11T01:20:11Z", "accounts": 4, "addresses": ("203.0.113.45", "198.51.100.21")},
        ),
        Finding(
            id="F-2", kind="sms_code",
            statement="Before each of the four accounts was opened, a login code for it was sent to the owner’s telephone by SMS, the first at 00:41:07 UTC.",
            strength=None, basis=tuple(spot("SMS", f"line:{n}") for n in (884, 886, 887, 891)),
            alternatives=("The owner asked for the codes herself.", "Someone typed her number by mistake."),
            challenge="Ask the mobile operator whether the messages were delivered, diverted or read elsewhere.",
        ),
        Finding(
            id="F-3", kind="data_export",
            statement="A complete archive of the Google account was requested at 01:05 UTC and was ready at 01:48 UTC. A Facebook download was requested at 01:10 UTC.",
            strength=None, basis=(spot("Google", "/14", "Takeout/My Activity/Takeout/MyActivity.json"), spot("Facebook", "/notifications/6", SECURITY)),
            alternatives=("The archive was requested but never downloaded. The records do not say that it was.",),
            challenge="Ask the provider for its record of downloads of this archive.",
        ),
        Finding(
            id="F-4", kind="deletion", statement="Three Facebook groups were deleted between 02:31 and 02:36 UTC, during a session from 198.51.100.21.",
            strength=None, basis=(spot("Facebook", "/groups/2", "groups/your_groups.json"),), alternatives=("Another administrator deleted the groups.",),
            challenge="Ask the other administrators, and the provider, which account gave the three commands.",
        ),
        Finding(
            id="F-5", kind="registry_link",
            statement="The findings about 203.0.113.45 and 198.51.100.21 are about 1,200 times more probable (range 470 to 2,200) if the sessions came from the same infrastructure "
            "as incident QZ-2019-03 than from an unrelated source in the address space of QZ, provided the address was not reassigned between 4 March 2019 and 11 March 2020.",
            strength=RING, basis=(spot("Google", "line:118", EXPORTS), spot("Server", "bytes:88112-88301", "access.log")),
            alternatives=("The address was reassigned since: with a dynamic address the ratio falls to about 1.",
                          "The address is shared by many subscribers (CGNAT): with 2,000 users behind it the ratio falls to about 120.",
                          "The address is an exit of a VPN: the ratio falls to about 3."),
            challenge="Obtain the assignment history of 203.0.113.0/26 for March 2019 to March 2020 from the registry and the operator.",
            facts={"address": "203.0.113.45", "record": "QZ-2019-03"},
        ),
        Finding(
            id="F-6", kind="phishing",
            statement="A message that imitates a security alert arrived on 9 March 2020 at 18:12 UTC and led to http://accounts.login.example/verify?u=editor.",
            strength=None, basis=(spot("Mail", "line:1-64"),), alternatives=("The message is genuine: its signature and its server contradict that.",),
            challenge="Check the DKIM signature of the message with any mail tool.",
        ),
        Finding(
            id="F-7", kind="coverage_gap", statement="Telegram holds no session records before 20 February 2020. Nothing can be said about that time.",
            strength=None, basis=(spot("Telegram", "", "result.json"),), alternatives=(), challenge="Obtain an older export, if one exists.",
        ),
    )  # fmt: skip


def _session(n: int, provider: str, address: str, first: str, last: str, role: Role, reasons: tuple[str, ...]) -> Session:
    agent, device = (OWN_AGENT, "laptop") if role is R.OWNER else (AGENT, "datr:Qx7k" if provider == "Facebook" else "")
    event = Event(
        event_id=f"{n:032x}", provider=provider, service="login", action=U.LOGIN, exhibit=digest(provider), place=f"line:{n}", time=at(first)
    )
    return Session(
        id=f"S-{n}", provider=provider, account=ACCOUNTS[provider], address=address, client=agent, device=device, first=at(first),
        last=at(last), events=(event,) * (n + 2), role=role, reasons=reasons,
    )  # fmt: skip


def _sessions() -> tuple[Session, ...]:
    strange = ("address not seen in the clean window 2020-01-01 to 2020-03-08", "client not seen before", "no declared address covers it")
    own = ("address declared by the owner (home)",)
    return (
        _session(1, "Google", "203.0.113.45", "00:43:10", "02:10:00", R.UNEXPLAINED, strange),
        _session(2, "Facebook", "203.0.113.45", "00:52:30", "01:40:00", R.UNEXPLAINED, strange),
        _session(3, "Telegram", "203.0.113.45", "00:58:44", "03:15:00", R.UNEXPLAINED, strange[:1]),
        _session(4, "Instagram", "198.51.100.21", "01:20:11", "01:55:00", R.UNEXPLAINED, strange),
        _session(5, "Facebook", "198.51.100.21", "02:20:00", "02:41:00", R.UNEXPLAINED, (*strange[:1], "same device as S-2 (datr:Qx7k)")),
        _session(6, "Google", "192.0.2.14", "07:30:20", "08:58:00", R.OWNER, own),
        _session(7, "Facebook", "192.0.2.14", "08:02:00", "08:40:00", R.OWNER, own),
    )


def _addresses() -> tuple[AddressRow, ...]:
    foreign = context("203.0.113.45", "AS64497", "Sample State Network", prefix="203.0.113.0/24")
    later = context("203.0.113.45", "AS64511", "Sample Security Service", prefix="203.0.113.0/24", gap=2380, as_of=date(2026, 9, 16))
    changed = Context(
        value="AS64505", snapshot="sample-2020-03", as_of=date(2020, 3, 1), gap_days=-10, status=ContextStatus.CHANGED_BETWEEN,
        other=(Context(value="AS64500", snapshot="sample-2020-10", as_of=date(2020, 10, 1), gap_days=204),),
    )  # fmt: skip
    mobile = dataclasses.replace(
        context("198.51.100.21", "AS64505", "Sample Mobile", prefix="198.51.100.0/25"),
        origin_as=changed, classes=("cgnat",), notes=("Without a source port, many subscribers share this address.",),
    )  # fmt: skip
    home = context("192.0.2.14", "AS64501", "Sample Cable", prefix="192.0.2.0/24")
    return (
        AddressRow(address="192.0.2.14", role=R.OWNER, first=at("16:00:00", "2020-01-02"), last=at("08:58:00"), events=611,
                   providers=("Google", "Facebook", "Instagram"), context=home, latest=home),
        AddressRow(address="203.0.113.45", role=R.UNEXPLAINED, first=at("00:43:10"), last=at("03:15:00"), events=37,
                   providers=("Google", "Facebook", "Telegram"), context=foreign, latest=later,
                   registry="Same address as in incident QZ-2019-03, 2019-03-04. See F-5."),
        AddressRow(address="198.51.100.21", role=R.UNEXPLAINED, first=at("01:20:11"), last=at("02:41:00"), events=14,
                   providers=("Facebook", "Instagram"), context=mobile),
        AddressRow(address="2001:db8:4::17", role=R.UNKNOWN, first=at("11:02:00", "2020-02-01"), last=None, events=1, providers=("Google",)),
    )  # fmt: skip


def _links() -> tuple[Link, ...]:
    derived: dict[str, float | str] = {
        "π0 (exact reuse, mean)": 0.074, "registry size R": 20.0, "population N": 748032.0, "q0 = R / N": 20 / 748032, "LR of the exact ring": 2767.8,
        "LR of the second address": 0.44, "product": 1215.0, "cap": 10000.0, "coincidence expectation E0": 5.35e-05,
    }  # fmt: skip
    return (
        Link(address="203.0.113.45", at=at("00:43:10"), ring="exact", record="QZ-2019-03", window="after", gap_days=373, strength=RING,
             assumptions=("The address was static (half-life 4 years).", "Both addresses belong to one intrusion: same device datr:Qx7k."), derivation=derived),
        Link(address="198.51.100.21", at=at("01:20:11"), ring="elsewhere", record="", window="unknown", gap_days=None, strength=WEAK,
             assumptions=("Population: all announced addresses of QZ.",), derivation={"pi_elsewhere": 0.45, "q_elsewhere": 0.97}),
    )  # fmt: skip


def _record() -> Record:
    source = Source(
        id="R1", publisher="Sample Media Lab", title="Floods against a news site", citation="Sample Media Lab, report 7, 2 April 2019, p. 4 (fictional)",
        published=date(2019, 4, 2), retrieved_at=date(2020, 5, 1), sha256=digest("R1"), licence="CC BY 4.0", grade="B2", independence_group="Sample Media Lab",
    )  # fmt: skip
    return Record(
        id="QZ-2019-03", set="sample", kind="address", network="203.0.113.45", role="source of a flood", description="Flood against a news site, 4 March 2019",
        basis=("server log",), valid_from=date(2019, 3, 4), valid_until=date(2019, 3, 5), observed_at=(date(2019, 3, 4),), published_at=date(2019, 4, 2),
        recorded_at=date(2019, 4, 10), superseded_at=None, state="active", sharing_class="static", grade="B2", sources=(source,),
        link_b=(LinkB(entity="Fictional Ministry of Roads (QZ)", statement="The address block is registered to the ministry’s data centre.", source="R1",
                      grade="B2", independence_group="Sample Media Lab"),),
        tlp="TLP:CLEAR", pap="PAP:CLEAR", licence="CC BY 4.0", unknown=(),
    )  # fmt: skip


def _coverage() -> tuple[Coverage, tuple[Rejection, ...]]:
    members = []
    for name, (file, title, rows) in FILES.items():
        rejected = {"Google": 2, "Server": 3}.get(name, 0)
        unused = {"SMS": {"message without a login code": 1188}, "Server": {"static file": 41022}}.get(name, {})
        members.append(
            MemberCoverage(
                exhibit=digest(name), name=file, member=EXPORTS if name == "Google" else "", size=rows * 211, format=title, status="read", rows=rows,
                events=rows - rejected - sum(unused.values()), rejections=rejected, unused=unused,
            )
        )  # fmt: skip
    members.append(
        MemberCoverage(exhibit=digest("Google"), name="takeout-20200312.zip", member="Takeout/archive_browser.html", size=8800, format="",
                       status="not_used", rows=1, events=0, rejections=0, unused={"index page of the archive": 1})
    )  # fmt: skip
    rejections = (
        Rejection(exhibit=digest("Google"), member=EXPORTS, place="line:230", format="google_takeout", reason="time not understood", excerpt="2020-02-30 25:61:00 UTC,"),
        Rejection(exhibit=digest("Server"), member="access.log", place="line:99120", format="access_log", reason="no closing quote", excerpt='198.51.100.77 - - [04/Mar/2019:10:11:12 +0400] "GET /\x1b[2J'),
    )  # fmt: skip
    return Coverage(files=len(FILES), members=tuple(members)), rejections


@cache
def rich() -> CaseView:
    """Return the fictional March case with every part of the report filled."""
    coverage, rejections = _coverage()
    snapshots = tuple(
        Snapshot(id=f"sample-{day:%Y-%m}", kind="origin AS, name, country", as_of=day, source="generated for this sample", source_sha256=digest(str(day)),
                 bundle_sha256=digest(f"bundle {day}"), licence="CC0-1.0", attribution="Fictional holders of documentation addresses.", rows_v4=12, rows_v6=2, sample=True)
        for day in (date(2020, 3, 1), date(2020, 10, 1), date(2026, 9, 16))
    )  # fmt: skip
    return CaseView(
        case_id="7c1f0e52a9", reference="QZ-2020-0311", title="Four accounts of an editor, 11 March 2020", sample=True, tool_version="forensics 0.1.0",
        created="2020-03-20 09:00:00 UTC", tlp="TLP:AMBER+STRICT", pap="PAP:AMBER", examiner="Examiner 1, digital security helpline",
        mandate="Written consent of the account owner, 12 March 2020", owner_zone="Asia/Baku",
        owner_summary=("Clean window: 2020-01-01 to 2020-03-08. Only the owner used the accounts.", "Home address 192.0.2.14 (cable), mobile egress 198.51.100.70.",
                       "Devices: an iPhone and a Windows laptop with Firefox."),
        exhibits=tuple(ExhibitRow(exhibit=Exhibit(name=file, size=rows * 211, sha256=digest(name)), format=title, rows=rows,
                                  obtained="export made by the owner on 12 March 2020") for name, (file, title, rows) in FILES.items()),
        coverage=coverage, rejections=rejections, findings=_findings(), sessions=_sessions(), addresses=_addresses(), lanes=_lanes(), key_steps=_steps(),
        links=_links(), records=(_record(),), snapshots=snapshots,
        registries=(RegistryUsed(name="sample-registry", version="2020-03", digest=digest("registry"), licence="CC BY 4.0", records=20),),
        parameters="rings-1 (default)", key_fingerprint="SHA256:0Zk1…", limits=(
            "User agents are texts that a client sends. They can be forged, and they do not name a person.",
            "Five rows were not understood. None of them lies on 11 March 2020.",
            "The source port is missing in all records. A shared address cannot be resolved to one subscriber."),
        checkpoint=Checkpoint(origin="case.example/case/7c1f0e52a9", size=17, root="GIMX2ao0aNXOEMyNeISaZxmIaZe8mNFsaJSPnWMzQuM=",
                              note="case.example/case/7c1f0e52a9\n17\nGIMX2ao0aNXOEMyNeISaZxmIaZe8mNFsaJSPnWMzQuM=\n\n— case.example/case/7c1f0e52a9 "
                                   "Aa1b2c3d4e5f60718293a4b5c6d7e8f90Aa1b2c3d4e5f60718293a4b5c6d7e8f90Aa1b2c3d4e5f60718293a4b5c6d7e8f90\n"),
    )  # fmt: skip


def empty() -> CaseView:
    """Return a case with nothing but an id."""
    return CaseView(case_id="empty")


def logs_only() -> CaseView:
    """Return a case of web logs: addresses and coverage, but no account, no owner and no finding."""
    held = rich()
    return CaseView(case_id="logs", exhibits=held.exhibits[-1:], addresses=held.addresses[1:2], coverage=Coverage(files=1, members=held.coverage.members[6:7]))


def huge(count: int = 100_000) -> CaseView:
    """Return a case with very many addresses, marks and places."""
    start = at("00:00:00", "2019-03-04")
    row = rich().addresses[2]
    addresses = tuple(
        dataclasses.replace(row, address=f"198.51.{n // 256 % 256}.{n % 256}", first=start + timedelta(seconds=n)) for n in range(count)
    )
    marks = tuple(Mark(start=start + timedelta(seconds=n), role=R.UNKNOWN, action=U.REQUEST) for n in range(count))
    basis = tuple(Place(exhibit=digest("Server"), place=f"line:{n}") for n in range(1000))
    finding = dataclasses.replace(_findings()[0], kind="brute_force", basis=basis)
    return CaseView(case_id="huge", addresses=addresses, lanes=(Lane(provider="Server", account="", marks=marks),), findings=(finding,))


HOSTILE = (
    "<script>window.pwned=1</script>", "<img src=x onerror=window.pwned=1>", "</style><script>window.pwned=1</script>",
    "{{7*7}}{% raw %}", "\x1b[2J\x1b]0;owned\x07", "\u202egnp.exe\u202c\u2066", "javascript:alert(1)", "https://evil.example/a?b=c",
    "'\"><svg onload=window.pwned=1>", "x" * 10_000, "\ud800 lone", "a\u0300" + "\u0301" * 50, "]]><!-- --><![CDATA[", "line\nbreak\r\ttab\u2028",
    "&lt;b&gt;&#60;i&#62;", "url(https://evil.example/x)",
)  # fmt: skip


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


def texts_of(kind: type) -> list[str]:
    """Return the names of the text fields of a dataclass, to show that the hostile view reaches them."""
    hints = typing.get_type_hints(kind, vars(types) | globals())
    return [name for name, hint in hints.items() if hint is str and not issubclass(hint, Enum)]
