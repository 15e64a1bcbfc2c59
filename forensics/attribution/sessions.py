"""Sessions and the owner's baseline: which use of the accounts does the owner explain, and by what.

A *session* gathers the events of one account that share an address and a client and have no pause of more than six
hours between them. A session is ``owner`` only for a stated reason: a declared address or device, a clean window, or
an address or device identifier that was seen in one. The same network with the same kind of client is not enough: in
a country with few networks a stranger shares both. Such a session is ``unknown``. Everything else is ``unexplained``.
Nothing here says "intruder": without a declared baseline "unexplained" means no more than the word.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache, cached_property
from zoneinfo import ZoneInfo

from forensics.model import Action, Event, Initiator, Kind, Owner, OwnerNetwork, Role, Session

PAUSE = timedelta(hours=6)

NO_ACCOUNT_PROVIDERS = frozenset({"weblog", "sms"})
"""Providers whose events are not uses of an account: servers' visitors, and messages that a phone received."""

_NOT_A_USE = frozenset({Action.CODE_SENT, Action.ALERT, Action.MAIL_RECEIVED, Action.OTHER, Action.EXPORT_READY})
_IDENTIFIERS = ("datr:", "ig-device:", "ig-cookie:")
"""Spellings of devices that name one browser or device. Others ("telegram:iPhone 11") name a model that many own."""

_VERSION = re.compile(r"\d+(?:[._]\d+)*")

_network = cache(ipaddress.ip_network)

NetworkOf = Callable[[str, date], str | None]
"""Gives the origin AS of an address on a day, or ``None`` where no snapshot can say."""


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """What the owner's declarations explain. ``seen_*`` come from events inside the declared clean windows."""

    owner: Owner
    seen_addresses: Mapping[str, frozenset[str]] = field(default_factory=dict)
    seen_devices: frozenset[str] = frozenset()
    seen_networks: frozenset[tuple[str, str]] = frozenset()

    @cached_property
    def families(self) -> frozenset[str]:
        """The kinds of client that were in use in a clean window."""
        return frozenset().union(*self.seen_addresses.values())

    @cached_property
    def networks(self) -> frozenset[str]:
        """The origin ASes that were in use in a clean window."""
        return frozenset(name for name, _ in self.seen_networks)

    @property
    def exists(self) -> bool:
        """Whether a baseline was declared, or could be derived from a clean window."""
        return self.owner.declares_baseline


def client_family(user_agent: str) -> str:
    """Reduce a user agent to its family: version numbers removed, so that an update is not a new client."""
    return _VERSION.sub("#", user_agent).strip()


def identifies(device: str) -> bool:
    """Whether a device text names one device, so that it links sessions; a model name does not."""
    return device.startswith(_IDENTIFIERS)


def is_account_use(event: Event) -> bool:
    """Whether an event is somebody's use of an account from somewhere (not a message about it, not a web request)."""
    return (
        event.provider not in NO_ACCOUNT_PROVIDERS
        and event.action not in _NOT_A_USE
        and event.initiator is not Initiator.PROVIDER
        and event.time is not None
        and (event.address is not None or bool(event.device))
    )


def owner_day(owner: Owner, moment: datetime) -> date:
    """Return the calendar day on which the owner lived a moment: in the declared time zone, else UTC."""
    return moment.astimezone(ZoneInfo(owner.time_zone)).date() if owner.time_zone else moment.date()


def in_clean_window(owner: Owner, moment: datetime) -> bool:
    """Whether a moment lies in a declared clean window: whole days of the owner, both ends included."""
    day = owner_day(owner, moment)
    return any(first <= day <= last for first, last in owner.clean_windows)


def declared(owner: Owner, address: str, day: date) -> OwnerNetwork | None:
    """Return the declared network that holds the address on that day."""
    parsed = ipaddress.ip_address(address)
    for item in owner.addresses:
        in_time = (item.first is None or item.first <= day) and (item.last is None or day <= item.last)
        if in_time and parsed in _network(item.net):
            return item
    return None


def baseline(owner: Owner, events: Iterable[Event], network_of: NetworkOf) -> Baseline:
    """Learn addresses, devices and (network, client) pairs from the clean windows."""
    addresses: dict[str, set[str]] = defaultdict(set)
    devices: set[str] = set()
    networks: set[tuple[str, str]] = set()
    for event in events:
        if event.time is None or not is_account_use(event) or not in_clean_window(owner, event.time):
            continue
        family = client_family(event.user_agent)
        if identifies(event.device):
            devices.add(event.device)
        if event.address is not None and event.kind is not Kind.SESSION:
            addresses[event.address].add(family)
            network = network_of(event.address, event.time.date())
            if network:
                networks.add((network, family))
    return Baseline(
        owner=owner,
        seen_addresses={address: frozenset(families) for address, families in sorted(addresses.items())},
        seen_devices=frozenset(devices),
        seen_networks=frozenset(networks),
    )


def sessions(events: Sequence[Event], known: Baseline, network_of: NetworkOf) -> tuple[Session, ...]:
    """Group account uses into sessions, in time order, each with its role and the reasons for it."""
    groups: dict[tuple[str, str, str, str], list[Event]] = defaultdict(list)
    for event in sorted(events, key=_order):
        if is_account_use(event):
            client = event.device or client_family(event.user_agent)
            groups[event.provider, event.account, event.address or "", client].append(event)
    covers = cache(lambda address, day: declared(known.owner, address, day) is not None)

    def declares(event: Event) -> bool:
        return event.address is not None and covers(event.address, owner_day(known.owner, _order(event)[0]))

    found = [_session(part, known, network_of) for members in groups.values() for part in _split(members, declares)]
    return tuple(sorted(found, key=lambda item: (item.first, item.provider, item.address or "", item.id)))


def _order(event: Event) -> tuple[datetime, str]:
    if event.time is None:
        message = "sessions are built from dated events"
        raise ValueError(message)
    return event.time, event.event_id


def _end(event: Event) -> datetime:
    start = _order(event)[0]
    return max(start, event.time_end or start)


def _split(members: list[Event], declares: Callable[[Event], bool]) -> Iterable[tuple[Event, ...]]:
    """Cut at pauses, and where a declared period of the address begins or ends: it explains no use outside itself."""
    part = [members[0]]
    reach, explained = _end(members[0]), declares(members[0])
    for event in members[1:]:
        if _order(event)[0] - reach > PAUSE or declares(event) != explained:
            yield tuple(part)
            part, reach, explained = [event], _end(event), declares(event)
        else:
            part.append(event)
            reach = max(reach, _end(event))
    yield tuple(part)


def _session(part: tuple[Event, ...], known: Baseline, network_of: NetworkOf) -> Session:
    first, last = _order(part[0])[0], max(_end(event) for event in part)
    agent = next((event.user_agent for event in part if event.user_agent), "")
    device = next((event.device for event in part if event.device), "")
    address = part[0].address
    role, reasons = _role(part, known, network_of)
    name = hashlib.sha256("\n".join(event.event_id for event in part).encode()).hexdigest()[:12]
    return Session(
        id=f"S-{name}",
        provider=part[0].provider,
        account=part[0].account,
        address=address,
        client=agent,
        device=device,
        first=first,
        last=last,
        events=part,
        role=role,
        reasons=reasons,
    )


def _role(part: tuple[Event, ...], known: Baseline, network_of: NetworkOf) -> tuple[Role, tuple[str, ...]]:
    event = part[0]
    moment, _ = _order(event)
    if not known.exists:
        return Role.UNEXPLAINED, (
            "no address, device or clean window was declared: nothing says whose session this is",
        )
    if all(in_clean_window(known.owner, _order(item)[0]) for item in part):
        return Role.OWNER, ("lies in a period that the owner declares clean",)
    explained = _by_address(event, known, moment) or _by_device(part, known)
    if explained:
        return Role.OWNER, (explained,)
    habit = _by_habit(event, known, network_of, moment)
    if habit:
        return Role.UNKNOWN, (habit, "neither the address nor a device identifier ties it to the owner")
    return Role.UNEXPLAINED, tuple(_missing(event, known, network_of, moment))


def _by_address(event: Event, known: Baseline, moment: datetime) -> str:
    if event.address is None:
        return ""
    item = declared(known.owner, event.address, owner_day(known.owner, moment))
    if item is not None:
        return f"the owner declares the address{f' ({item.label})' if item.label else ''}"
    family = client_family(event.user_agent)
    families = known.seen_addresses.get(event.address)
    if families and (family in families or not family):
        return "the same address and client were in use in a clean period"
    return ""


def _by_habit(event: Event, known: Baseline, network_of: NetworkOf, moment: datetime) -> str:
    """Say that network and kind of client are the owner's habit: consistent with the owner, and with strangers."""
    family = client_family(event.user_agent)
    network = network_of(event.address, moment.date()) if event.address else None
    if network and family and (network, family) in known.seen_networks:
        return f"the same network ({network}) and kind of client were in use in a clean period"
    return ""


def _by_device(part: tuple[Event, ...], known: Baseline) -> str:
    for event in part:
        if event.device and event.device in known.owner.devices:
            return f"the owner declares the device {event.device}"
        if event.device and event.device in known.seen_devices:
            return f"the device {event.device} was in use in a clean period"
        if event.user_agent and event.user_agent in known.owner.devices:
            return "the owner declares this exact client text"
    return ""


def _missing(event: Event, known: Baseline, network_of: NetworkOf, moment: datetime) -> Iterable[str]:
    if event.address is not None:
        yield "the owner does not declare the address"
        if known.owner.clean_windows:
            network = network_of(event.address, moment.date())
            yield "the address was never in use in a clean period"
            if network and network not in known.networks:
                yield f"nor was its network ({network})"
    if event.device:
        yield f"the device {event.device} is neither declared nor known from a clean period"
    elif event.user_agent and known.owner.clean_windows and client_family(event.user_agent) not in known.families:
        yield "the client was never in use in a clean period"
