"""Messages of OpenSSH's server, as every system log holds them.

User names come from the client and may hold anything, also `` from 192.0.2.1 port 22``. The server writes address and
port behind the name, so the *last* `` from ADDRESS port N`` counts where no account has that name; where there is one
(accepted, or failed without ``invalid user``) its name is real, and what stands behind the port (key, certificate, the
name of the client's user) is the client's: there the *first* counts. Of a key offered for a name that does not exist both
ends are the client's: where they differ, neither is taken. One attempt may write several lines (``Invalid user``,
``Failed password``, ``maximum authentication attempts``): only ``Failed METHOD`` is counted as a failed login, the others
are activity with the outcome failure or blocked. So is ``Failed none``: clients ask so, before any password, which
methods there are.
A client's last words, its greeting and its offer are the client's too: there the address counts that stands where the
server writes it, and none inside such words.
Source: OpenSSH ``auth.c``, ``packet.c``, ``sshd.c``, ``session.c`` (messages are unchanged in kind since 2003).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from forensics.ingest.login_meaning import Meaning, peer
from forensics.model import NO_ADDRESS, Action, AddressForm, AddressSeen, Outcome
from forensics.sentence import template

_SUFFIX = r"(?:\s+ssh[12])?(?::? \[preauth\])?(?:: (?P<key>.*))?"
_ACCEPTED = re.compile(
    rf"Accepted (?P<method>\S+) for (?P<user>.+?) from (?P<ip>\S+) port (?P<port>\d{{1,5}}){_SUFFIX}"
)
_FAILED, _FAILED_EARLY = (  # where the line leaves it open: the longest name, and the shortest
    re.compile(
        rf"(?P<verb>Failed|Postponed|Partial) (?P<method>\S+) for (?P<invalid>(?:invalid|illegal) user )?(?P<user>{name})"
        rf" from (?P<ip>\S+) port (?P<port>\d{{1,5}}){_SUFFIX}"
    )
    for name in (".*", ".*?")
)
_INVALID = re.compile(r"(?:Invalid|Illegal) user (?P<user>.*) from (?P<ip>\S+)(?: port (?P<port>\d{1,5}))?")
_PAM_ERROR = re.compile(  # any text of pam_strerror; one of them holds " for " itself
    r"(?:error: )?PAM: (?:[^:]*?number of retries for service|[^:]+?) for (?P<invalid>(?:illegal|invalid) user )?"
    r"(?P<user>.*) from (?P<ip>\S+)(?: via \S+)?"
)
_PAM_REFUSED = re.compile(r"(?:fatal: )?(?P<reason>Access denied for user (?P<user>.*) by PAM account configuration).*")
_TOO_MANY = re.compile(  # the spelling of the years before 7.5, which names no address
    r"Disconnecting: (?P<reason>Too many authentication failures for (?P<user>.*?))(?: \[preauth\])?"
)
_ROOT_REFUSED = re.compile(
    r"(?i)(?P<reason>(?P<user>root) login refused) from (?P<ip>\S+)(?: port (?P<port>\d{1,5}))?.*"
)
_MAXIMUM = re.compile(
    r"(?:error: )?(?:maximum authentication attempts exceeded|Too many authentication failures) for "
    r"(?P<invalid>invalid user )?(?P<user>.*) from (?P<ip>\S+) port (?P<port>\d{1,5})(?: ssh2)?(?: \[preauth\])?"
)
_CLOSED = re.compile(
    r"(?P<verb>Connection closed by|Connection reset by|Disconnected from|Disconnecting|Received disconnect from"
    r"|(?:fatal: )?ssh_dispatch_run_fatal: Connection from|Timeout, client not responding from)"
    r"(?: (?P<kind>authenticating|invalid)?\s?user (?P<user>.*))? (?P<ip>[\da-fA-F.:%\w]+) port (?P<port>\d{1,5})"
    r"(?P<rest>(?:[: ].*)?)"
)
_NOT_ALLOWED = re.compile(r"User (?P<user>.*?)(?: from (?P<ip>\S+))? not allowed because (?P<reason>.*)")
_ASKED = re.compile(r"input_userauth_request: (?:invalid|illegal) user (?P<user>.*?)(?: \[preauth\])?")
_KEY_ELSEWHERE = re.compile(
    r"(?:\S+: )?(?:RSA a|A)uthentication tried for (?P<user>.+?) with (?P<reason>correct key but not from a permitted host)"
    r" \(host=(?P<host>[^,]*), ip=(?P<ip>[^,\s)]+).*"
)
_PENALTY = re.compile(  # the second spelling since 10.0
    r"srclimit_penalise: (?:ipv[46]: \w+ )?(?P<ip>[\da-fA-F.:]+)/(?P<bits>\d{1,3}):? "
    r"(?P<reason>.*penalty of .*|.*penalty (?:now|for) .*)"
)
_CONNECTION = re.compile(
    r"Connection from (?P<ip>\S+) port (?P<port>\d{1,5})(?: on (?P<local>\S+) port (?P<local_port>\d+))?.*"
)
_SESSION = re.compile(
    r"(?P<verb>Starting session|Close session)(?:: (?P<what>.*?))?:? ?(?:on (?P<tty>\S+) )?(?:for|user) (?P<user>\S+)"
    r" from (?P<ip>\S+) port (?P<port>\d{1,5})(?P<rest>.*)"
)
_LAST_WORDS = re.compile(
    r"(?:error: )?Received disconnect from (?P<ip>[^\s:]\S*?)(?: port (?P<port>\d{1,5}))?: ?\d+: .*"
)
_GREETING = re.compile(
    r"(?:error: )?Bad protocol version identification '.*' from (?P<ip>\S+)(?: port (?P<port>\d{1,5}))?(?: \[preauth\])?"
)
_OFFER = re.compile(
    r"(?:fatal: |error: )?Unable to negotiate (?:a \S+ \S+ )?with (?:(?:invalid|authenticating) user .* )??"
    r"(?P<ip>[\da-fA-F.:%]+)(?: port (?P<port>\d{1,5}))?: .*"
)
_VERSIONS = re.compile(r"Protocol major versions differ for (?P<ip>[\da-fA-F.:]+)(?: port (?P<port>\d{1,5}))?: .*")
_FORWARDED = re.compile(
    r"(?:error: )?(?P<reason>(?:connect_to|connect to|Received request from|refused \w+ port forward|bind[: ]|"
    r"channel_setup_fwd|Local connections to|Remote connections from) ?.*)"
)
_DROPPED = re.compile(
    r"(?:error: )?(?:drop connection #\d+|beginning MaxStartups throttling|refusing connection).*?"
    r" from \[(?P<ip>[^\]\s]+)\]:(?P<port>\d{1,5})\b.*"
)
_REFUSED = re.compile(r"refused connect from (?P<host>\S+) \((?P<ip>[^)\s]+)\)")
_KNOWN = re.compile(  # other messages may hold the client's words in any place, so no address is taken from them
    r"(?:error: |fatal: |warning: )?(?:Did not receive identification string from|scanned from|refused connect from"
    r"|Timeout before authentication for(?: connection from)?|reverse mapping checking getaddrinfo for \S+|Address"
    r"|(?:[\w-]+: )*(?:banner exchange: )?Connection (?:from|to|closed by|reset by)|Read error from remote host|Disconnecting"
    r"|Closing connection to|Could not reverse map address|Nasty PTR record \".*\" is set up for)"
    r" \[?(?P<ip>[\da-fA-F.:]*[.:][\da-fA-F.:]*)(?=[\], ]|$)(?: port (?P<port>\d{1,5})\b)?"
)
_ANY_ADDRESS = re.compile(r"(?:^|[\s\[(=])(?:(?:\d{1,3}\.){3}\d{1,3}|[\da-fA-F]{0,4}:[\da-fA-F:]*:[\da-fA-F:.]*)")
_PLACE = re.compile(r" ([\da-fA-F.:]+) port \d{1,5}(?=[: ]|$)")
_FINGERPRINT = re.compile(
    r"(?P<type>\S+) (?P<print>SHA256:[\w+/=]{20,}|(?:MD5:)?(?:[\da-f]{2}:){15}[\da-f]{2})(?P<more>,? .*)?"
)
_QUIET = re.compile(
    r"Server listening on|Received signal|Exiting on signal|Received SIGHUP|rexec line|Could not load host key|"
    r"pam_(?:unix|sss)\(sshd:auth\): check pass|subsystem request for|Transferred:|"
    r"Deprecated option|error: Could not|Missing privilege"
)
QUIET = template("sshd message without account or address")


def meaning(message: str) -> Meaning:
    """Say what a message of sshd means; what names neither an account nor an address is unused."""
    for pattern, read in _READERS:
        match = pattern.fullmatch(message)
        if match:
            return read(match)
    if _QUIET.match(message):
        return Meaning(unused=QUIET)
    found = _KNOWN.match(message)
    outcome = Outcome.FAILURE if "[preauth]" in message or "not allowed" in message else Outcome.UNKNOWN
    if found is None:
        named = _ANY_ADDRESS.search(message)
        return Meaning(outcome=outcome, detail={"note": _UNKNOWN}) if named else Meaning(unused=QUIET)
    return Meaning(outcome=outcome, address=peer(found["ip"].removesuffix(":"), found["port"]))


_UNKNOWN = "the message is not known, and may hold a client's words: no address is taken from it"


def _accepted(match: re.Match[str]) -> Meaning:
    return Meaning(
        action=Action.LOGIN,
        outcome=Outcome.SUCCESS,
        account=match["user"],
        address=peer(match["ip"], match["port"]),
        device=key_device(match["key"] or ""),
        detail={"method": match["method"], "key": match["key"] or ""},
    )


def key_device(key: str) -> str:
    """Return ``ssh-key:`` and the fingerprint of the public key that a message names; "" if it names none.

    A certificate's own fingerprint counts, not its authority's. MD5 fingerprints are always written ``MD5:``.
    """
    match = _FINGERPRINT.fullmatch(key.strip())
    if not match:
        return ""
    written = match["print"]
    return f"ssh-key:{written}" if written.startswith(("SHA256:", "MD5:")) else f"ssh-key:MD5:{written}"


def _failed(match: re.Match[str]) -> Meaning:
    failed, method = match["verb"] == "Failed", match["method"]
    several = match.string.count(" from ") > 1
    early = (_FAILED_EARLY.fullmatch(match.string) if several else None) or match
    if not match["invalid"]:
        match = early  # the name of an account that exists holds no address; what follows the port can
    is_open = method in _TOLD_MORE and early["user"] != match["user"]
    return Meaning(
        action=Action.LOGIN_FAILED if failed and method != "none" else Action.ACTIVITY,
        outcome=Outcome.FAILURE if failed else Outcome.CHALLENGE,
        account="" if is_open else match["user"],
        address=NO_ADDRESS if is_open else peer(match["ip"], match["port"]),
        device="" if is_open else key_device(match["key"] or ""),
        detail={
            "method": method,
            "key": "" if is_open else match["key"] or "",
            "account_exists": "no" if match["invalid"] else "",
            "note": _OPEN if is_open else "",
        },
    )


_TOLD_MORE = frozenset({"publickey", "hostbased"})
_OPEN = "where the client's own words end is left open by the line, so neither name nor address is taken from it"


def _invalid(match: re.Match[str]) -> Meaning:
    return Meaning(
        outcome=Outcome.FAILURE,
        account=match["user"],
        address=peer(match.groupdict().get("ip") or "", match.groupdict().get("port")),
        detail={"account_exists": "no" if match.groupdict().get("invalid", "x") else ""},
    )


def _asked(match: re.Match[str]) -> Meaning:
    """The name once more; it may be that of an account which is locked or not allowed."""
    return Meaning(outcome=Outcome.FAILURE, account=match["user"])


def _blocked(match: re.Match[str]) -> Meaning:
    found = match.groupdict()
    return Meaning(
        outcome=Outcome.BLOCKED,
        account=found.get("user") or "",
        address=peer(found.get("ip") or "", found.get("port")),
        detail={"reason": found.get("reason") or "", "host": found.get("host") or ""},
    )


def _penalty(match: re.Match[str]) -> Meaning:
    """A client, or the network it is in, is refused for some time."""
    single = int(match["bits"]) == (128 if ":" in match["ip"] else 32)
    network = f"{match['ip']}/{match['bits']}"
    seen = peer(match["ip"]) if single else AddressSeen(address=None, text=network, form=AddressForm.MASKED)
    return Meaning(outcome=Outcome.BLOCKED, address=seen, detail={"reason": match["reason"]})


def _closed(match: re.Match[str]) -> Meaning:
    """The end of a connection: of a session if the user had signed in, else of an attempt."""
    if match["verb"] == "Disconnecting" and len(set(_PLACE.findall(match.string))) > 1:
        return Meaning(outcome=Outcome.FAILURE, detail={"note": _OPEN})  # the reason may hold a name, too
    before = bool(match["kind"]) or "[preauth]" in match["rest"]
    ended = match["verb"] == "Disconnected from" and bool(match["user"]) and not before
    return Meaning(
        action=Action.LOGOUT if ended else Action.ACTIVITY,
        outcome=Outcome.FAILURE if before else Outcome.UNKNOWN,
        account=match["user"] or "",
        address=peer(match["ip"], match["port"]),
        detail={"account_exists": "no" if match["kind"] == "invalid" else ""},
    )


def _ended(match: re.Match[str]) -> Meaning:
    """A connection that ended, or never became one: the address is the server's word, what follows is the client's."""
    return Meaning(
        outcome=Outcome.FAILURE if "[preauth]" in match[0] else Outcome.UNKNOWN,
        address=peer(match["ip"], match["port"]),
    )


def _forwarded(match: re.Match[str]) -> Meaning:
    """A connection through the server: its addresses are the target and what the client calls its origin, never the client."""
    refused = "refused" in match["reason"] or "denied" in match["reason"]
    return Meaning(outcome=Outcome.BLOCKED if refused else Outcome.UNKNOWN, detail={"reason": match["reason"]})


def _plain(match: re.Match[str]) -> Meaning:
    found = match.groupdict()
    local = ":".join(part for part in (found.get("local"), found.get("local_port")) if part)
    return Meaning(
        account=found.get("user") or "", address=peer(match["ip"], match["port"]), detail={"server_address": local}
    )


_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Meaning]], ...] = (
    (_FAILED, _failed),
    (_ACCEPTED, _accepted),
    (_INVALID, _invalid),
    (_PAM_ERROR, _invalid),
    (_LAST_WORDS, _ended),
    (_GREETING, _ended),
    (_OFFER, _ended),
    (_VERSIONS, _ended),
    (_FORWARDED, _forwarded),
    (_DROPPED, _blocked),
    (_CLOSED, _closed),
    (_CONNECTION, _plain),
    (_MAXIMUM, _blocked),
    (_NOT_ALLOWED, _blocked),
    (_KEY_ELSEWHERE, _blocked),
    (_PENALTY, _penalty),
    (_ASKED, _asked),
    (_SESSION, _plain),
    (_REFUSED, _blocked),
    (_PAM_REFUSED, _blocked),
    (_TOO_MANY, _blocked),
    (_ROOT_REFUSED, _blocked),
)
