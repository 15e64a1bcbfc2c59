"""Which addresses of a case may leave: default-deny.

An address leaves when every session from it is unexplained and a finding that was chosen names it, or the custodian asks
for it. It stays when the owner declared it (for whatever period) or ever used it, when nothing says what it was used for,
and when it is no address of a network. The address table alone would not do: an address from which both the owner and
somebody unexplained came counts as unexplained there, and it is the owner's home all the same.

A refusal says why and not which address of the case stands behind it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from forensics.case import parse_lines
from forensics.enrichment import special_purpose
from forensics.errors import CaseError, PolicyError, UsageError
from forensics.model import Role
from forensics.registry.indicator import canonical_indicator

if TYPE_CHECKING:
    from forensics.case import CaseFolder
    from forensics.model import Owner, OwnerNetwork

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

CHOSEN_KINDS = ("registry_link", "takeover_sequence")
"""Findings whose addresses leave when nothing is chosen."""
WIDEST = {4: 24, 6: 48}
"""The shortest prefix that may leave: a wider one points at too many others."""
SHARED_BY_MANY = ("cgnat", "mobile")

OWNERS = "it is an address of the owner, or a range that holds one"
UNKNOWN = (
    "nothing in the case says that it was used in an unexplained session, or it holds an address of which that is true"
)
ABSENT = "the case does not know it"
SPECIAL = "it is or holds special-purpose space, which belongs to no network"
TOO_WIDE = f"it is wider than /{WIDEST[4]} (IPv4) or /{WIDEST[6]} (IPv6)"
MANY = "many people share it (carrier NAT or mobile network), so that it needs a --reason"
_CHECKED = "Share what is left, or correct what the owner declared and analyse again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What may have to leave: canonical address or prefix, and whether a takeover sequence names it."""

    indicator: str
    network: Network
    takeover: bool = False


@dataclass(slots=True, kw_only=True)
class Use:
    """What the tables of a case say of something asked for; ``refused`` is why it stays, or ""."""

    asked: Asked
    refused: str = ""
    rows: list[Mapping[str, Any]] = field(default_factory=list)
    providers: set[str] = field(default_factory=set)
    devices: set[str] = field(default_factory=set)
    first: date | None = None
    last: date | None = None

    @property
    def classes(self) -> set[str]:
        """The classes of all its addresses."""
        return {str(name) for row in self.rows for name in row["classes"]}


def asked_for(case: CaseFolder, findings: Sequence[str], addresses: Sequence[str]) -> tuple[Asked, ...]:
    """Return what was chosen: findings and addresses by name, or the addresses of the usual findings.

    Raises:
        UsageError: a finding or an address is none.
    """
    held = case.read_json("findings.json")["findings"]
    known = {str(item["id"]).lower(): item for item in held}
    if missing := [name for name in findings if name.lower() not in known]:
        raise UsageError(f"no finding {missing[0][:20]!r}", hint="`forensics findings CASE` lists them")
    usual = [item for item in held if item["kind"] in CHOSEN_KINDS]
    chosen = [known[name.lower()] for name in findings] or ([] if addresses else usual)
    taken = {name for item in held if item["kind"] == "takeover_sequence" for name in _named(item["facts"])}
    made = [_asked(name, place) for place, name in enumerate(addresses, start=1)]
    made += [_asked(name, 0) for item in chosen for name in _named(item["facts"])]
    found = {one.indicator: one for one in made}
    return tuple(
        Asked(indicator=name, network=one.network, takeover=any(_inside(other, one.network) for other in taken))
        for name, one in sorted(found.items(), key=lambda pair: _order(pair[1].network))
    )


def _named(facts: Mapping[str, Any]) -> list[str]:
    """Return the addresses that a finding names: its own, and those of its steps."""
    steps = facts.get("steps", [])
    texts = [facts.get("address"), *facts.get("addresses", []), *(step.get("address") for step in steps)]
    return [text for text in dict.fromkeys(texts) if isinstance(text, str) and text]


def _asked(text: str, place: int) -> Asked:
    try:
        name = canonical_indicator("prefix" if "/" in text else "address", text.strip())
        network = ipaddress.ip_network(name)
    except ValueError as error:
        where = f"--address, the {place}." if place else "findings.json"
        hint = "Write 203.0.113.45, or 203.0.113.0/24 without host bits"
        raise UsageError("not an address or prefix", where=where, hint=hint) from error
    whole = network.prefixlen == network.max_prefixlen
    return Asked(indicator=str(network.network_address) if whole else str(network), network=network)


def _order(network: Network) -> tuple[int, int, int]:
    return network.version, int(network.network_address), network.prefixlen


def _inside(address: str, network: Network) -> bool:
    found = ipaddress.ip_network(address)
    return found.version == network.version and int(found.network_address) in _span(network)


def _span(network: Network) -> range:
    return range(int(network.network_address), int(network.broadcast_address) + 1)


def looked_at(case: CaseFolder, owner: Owner, asked: Sequence[Asked], *, sample: bool, reason: str) -> tuple[Use, ...]:
    """Return what is known of everything asked for, with the reason where it may not leave."""
    uses = [Use(asked=one, refused=_by_itself(one, owner, sample=sample)) for one in asked]
    finder = _Finder(uses)
    for row in _lines(case, "addresses.jsonl"):
        for use in finder.of(row["address"]):
            use.rows.append(row)
            if row["role"] != Role.UNEXPLAINED:
                use.refused = use.refused or (OWNERS if row["role"] == Role.OWNER else UNKNOWN)
    for session in _lines(case, "sessions.jsonl"):
        for use in finder.of(session["address"]):
            _session(use, session)
    for use in uses:
        use.refused = use.refused or _after_all(use, reason)
    return tuple(uses)


def _by_itself(asked: Asked, owner: Owner, *, sample: bool) -> str:
    """Say why something may not leave whatever the tables say, or ""."""
    network = asked.network
    if any(_meets(network, declared) for declared in owner.addresses):
        return OWNERS
    if network.prefixlen != network.max_prefixlen and network.prefixlen < WIDEST[network.version]:
        return TOO_WIDE
    rows = [row for row in special_purpose.TABLE if row.prefix.version == network.version]
    met = [row for row in rows if int(row.prefix.network_address) in _span(network) or _within(network, row.prefix)]
    return SPECIAL if any(not (sample and is_fictional_space(row.prefix)) for row in met) else ""


def is_fictional_space(network: Network) -> bool:
    """Whether sample cases are set in this space."""
    return any(_within(network, block) for block in _FICTION)


_FICTION = (
    *(row.prefix for row in special_purpose.TABLE if row.name.startswith("Documentation")),
    ipaddress.ip_network("240.0.0.0/4"),
)


def _within(inner: Network, outer: Network) -> bool:
    return (
        inner.version == outer.version
        and int(inner.network_address) in _span(outer)
        and inner.prefixlen >= outer.prefixlen
    )


def _meets(network: Network, declared: OwnerNetwork) -> bool:
    other = ipaddress.ip_network(declared.net)
    return _within(network, other) or _within(other, network)


def _session(use: Use, session: Mapping[str, Any]) -> None:
    if session["role"] != Role.UNEXPLAINED:
        use.refused = use.refused or (OWNERS if session["role"] == Role.OWNER else UNKNOWN)
        return
    use.providers.add(str(session["provider"]))
    if session["device"]:
        use.devices.add(str(session["device"]))
    day = datetime.fromisoformat(session["last"]).date()
    use.last = max(use.last or day, day)


def _after_all(use: Use, reason: str) -> str:
    if not use.rows:
        return ABSENT
    days = [date.fromisoformat(row["at"]) for row in use.rows if row["at"]]
    if use.last is None or not days:
        return UNKNOWN
    use.first = min(days)
    use.last = max(use.last, use.first)
    return MANY if use.classes & set(SHARED_BY_MANY) and not reason else ""


class _Finder:
    """Finds what was asked for by an address of the case: singles by their text, prefixes one by one."""

    def __init__(self, uses: Iterable[Use]) -> None:
        self._single: dict[str, list[Use]] = {}
        self._wide: list[Use] = []
        for use in uses:
            if "/" in use.asked.indicator:
                self._wide.append(use)
            else:
                self._single.setdefault(use.asked.indicator, []).append(use)

    def of(self, address: str | None) -> list[Use]:
        if not address:
            return []
        found = self._single.get(address, [])
        return [*found, *(use for use in self._wide if _inside(address, use.asked.network))] if self._wide else found


def _lines(case: CaseFolder, name: str) -> Iterator[dict[str, Any]]:
    try:
        yield from parse_lines(case.path / name)
    except (OSError, ValueError) as error:
        raise CaseError(f"{name} is missing or damaged", where=str(case.path), hint="Run `forensics verify`") from error


def released(uses: Sequence[Use], *, named: Sequence[str]) -> tuple[tuple[Use, ...], tuple[str, ...]]:
    """Return what may leave, and in words how many others stay.

    ``named`` are the indicators that were asked for one by one; if one of them may not leave, nothing does.

    Raises:
        PolicyError: something named may not leave, or nothing is left.
    """
    wanted = {_asked(text, place).indicator: place for place, text in enumerate(named, start=1)}
    for use in uses:
        place = wanted.get(use.asked.indicator)
        if use.refused and place:
            raise PolicyError(f"nothing was shared: {use.refused}", where=f"--address, the {place}.", hint=_CHECKED)
    left = tuple(use for use in uses if not use.refused)
    stays = [use.refused for use in uses if use.refused]
    told = tuple(f"{stays.count(why)} of the addresses of these findings stay: {why}" for why in sorted(set(stays)))
    if not left:
        why = told[0] if told else "no finding of the usual kinds names an address"
        raise PolicyError(f"nothing was shared: {why}", hint="Choose with --finding or --address")
    return left, told
