"""The fictional March case: its findings and sessions."""

from __future__ import annotations

from forensics.model import (
    Finding,
    Role,
    Session,
)
from tests.report.story import ACCOUNTS, EXPORTS, RING, SECURITY, R, U, at, spot

AGENT = (
    "Mozilla/5.0 (Windows NT 6.1; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/79.0.3945.130 Safari/537.36"
)
OWN_AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:73.0) Gecko/20100101 Firefox/73.0"


def findings() -> tuple[Finding, ...]:
    return (
        Finding(
            id="F-1",
            kind="takeover_sequence",
            statement="On 11 March 2020, between 00:43 and 01:20 UTC, four accounts were opened within "
            "37 minutes from two addresses that "
            "nothing the owner declared explains. In two of them the password was changed at "
            "once.",
            strength=None,
            basis=(
                spot("Google", "line:118", EXPORTS),
                spot("Facebook", "/logins/41", SECURITY),
                spot("Telegram", "/sessions/list/3", "result.json"),
                spot("Instagram", "/login_history/0", "login_activity.json"),
            ),
            alternatives=(
                ("The owner used a network that she did not declare. She was abroad on no such day, as she states."),
                ("A family member used her devices. None of the four clients was seen in the clean window."),
                ("The provider recorded its own address. Four providers would have had to do so on one night."),
            ),
            challenge=(
                "Show that 203.0.113.45 or 198.51.100.21 was used by the owner before 11 March "
                "2020. Add the address to the owner file and run the analysis again."
            ),
            facts={
                "first": "2020-03-11T00:43:10Z",
                "last": "2020-03-11T01:20:11Z",
                "accounts": 4,
                "addresses": ("203.0.113.45", "198.51.100.21"),
            },
        ),
        Finding(
            id="F-2",
            kind="sms_code",
            statement=(
                "Before each of the four accounts was opened, a login code for it was sent to "
                "the owner\N{RIGHT SINGLE QUOTATION MARK}s telephone by SMS, the first at 00:41:07 UTC."
            ),
            strength=None,
            basis=tuple(spot("SMS", f"line:{n}") for n in (884, 886, 887, 891)),
            alternatives=("The owner asked for the codes herself.", "Someone typed her number by mistake."),
            challenge=("Ask the mobile operator whether the messages were delivered, diverted or read elsewhere."),
        ),
        Finding(
            id="F-3",
            kind="data_export",
            statement=(
                "A complete archive of the Google account was requested at 01:05 UTC and was "
                "ready at 01:48 UTC. A Facebook download was requested at 01:10 UTC."
            ),
            strength=None,
            basis=(
                spot("Google", "/14", "Takeout/My Activity/Takeout/MyActivity.json"),
                spot("Facebook", "/notifications/6", SECURITY),
            ),
            alternatives=("The archive was requested but never downloaded. The records do not say that it was.",),
            challenge="Ask the provider for its record of downloads of this archive.",
        ),
        Finding(
            id="F-4",
            kind="deletion",
            statement=(
                "Three Facebook groups were deleted between 02:31 and 02:36 UTC, during a session from 198.51.100.21."
            ),
            strength=None,
            basis=(spot("Facebook", "/groups/2", "groups/your_groups.json"),),
            alternatives=("Another administrator deleted the groups.",),
            challenge=("Ask the other administrators, and the provider, which account gave the three commands."),
        ),
        Finding(
            id="F-5",
            kind="registry_link",
            statement="The findings about 203.0.113.45 and 198.51.100.21 are about 1,200 times more "
            "probable (range 470 to 2,200) if the sessions came from the same infrastructure "
            "as incident QZ-2019-03 than from an unrelated source in the address space of "
            "QZ, provided the address was not reassigned between 4 March 2019 and 11 March "
            "2020.",
            strength=RING,
            basis=(spot("Google", "line:118", EXPORTS), spot("Server", "bytes:88112-88301", "access.log")),
            alternatives=(
                "The address was reassigned since: with a dynamic address the ratio falls to about 1.",
                (
                    "The address is shared by many subscribers (CGNAT): with 2,000 users behind it "
                    "the ratio falls to about 120."
                ),
                "The address is an exit of a VPN: the ratio falls to about 3.",
            ),
            challenge=(
                "Obtain the assignment history of 203.0.113.0/26 for March 2019 to March 2020 "
                "from the registry and the operator."
            ),
            facts={"address": "203.0.113.45", "record": "QZ-2019-03"},
        ),
        Finding(
            id="F-6",
            kind="phishing",
            statement=(
                "A message that imitates a security alert arrived on 9 March 2020 at 18:12 UTC "
                "and led to http://accounts.login.example/verify?u=editor."
            ),
            strength=None,
            basis=(spot("Mail", "line:1-64"),),
            alternatives=("The message is genuine: its signature and its server contradict that.",),
            challenge="Check the DKIM signature of the message with any mail tool.",
        ),
        Finding(
            id="F-7",
            kind="coverage_gap",
            statement=(
                "Telegram holds no session records before 20 February 2020. Nothing can be said about that time."
            ),
            strength=None,
            basis=(spot("Telegram", "", "result.json"),),
            alternatives=(),
            challenge="Obtain an older export, if one exists.",
        ),
    )


def _session(  # noqa: PLR0913, PLR0917 - a row of a table
    n: int, provider: str, address: str, first: str, last: str, role: Role, reasons: tuple[str, ...]
) -> Session:
    agent, device = (OWN_AGENT, "laptop") if role is R.OWNER else (AGENT, "datr:Qx7k" if provider == "Facebook" else "")
    return Session(
        id=f"S-{n}",
        provider=provider,
        account=ACCOUNTS[provider],
        address=address,
        client=agent,
        device=device,
        first=at(first),
        last=at(last),
        events=n + 2,
        opening=U.LOGIN,
        role=role,
        reasons=reasons,
    )


def sessions() -> tuple[Session, ...]:
    strange = (
        "address not seen in the clean window 2020-01-01 to 2020-03-08",
        "client not seen before",
        "no declared address covers it",
    )
    own = ("address declared by the owner (home)",)
    return (
        _session(1, "Google", "203.0.113.45", "00:43:10", "02:10:00", R.UNEXPLAINED, strange),
        _session(2, "Facebook", "203.0.113.45", "00:52:30", "01:40:00", R.UNEXPLAINED, strange),
        _session(3, "Telegram", "203.0.113.45", "00:58:44", "03:15:00", R.UNEXPLAINED, strange[:1]),
        _session(4, "Instagram", "198.51.100.21", "01:20:11", "01:55:00", R.UNEXPLAINED, strange),
        _session(
            5,
            "Facebook",
            "198.51.100.21",
            "02:20:00",
            "02:41:00",
            R.UNEXPLAINED,
            (*strange[:1], "same device as S-2 (datr:Qx7k)"),
        ),
        _session(6, "Google", "192.0.2.14", "07:30:20", "08:58:00", R.OWNER, own),
        _session(7, "Facebook", "192.0.2.14", "08:02:00", "08:40:00", R.OWNER, own),
    )
