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
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache, cached_property, lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from forensics.attribution import session_reasons as why
from forensics.attribution.material import MAX_BASIS
from forensics.attribution.sequence import STEP_WORDS, address_is_near
from forensics.model import Act, Action, Event, Initiator, Kind, Owner, OwnerNetwork, Place, Role, Session, Use
from forensics.vocabulary import DEVICE_IDENTIFIERS

PAUSE = timedelta(hours=6)

NO_ACCOUNT_PROVIDERS = frozenset({"weblog", "sms"})
"""Providers whose events are not uses of an account: servers' visitors, and messages that a phone received."""

NOT_A_USE = frozenset(
    {
        Action.LOGIN_FAILED,
        Action.CODE_SENT,
        Action.ALERT,
        Action.MAIL_RECEIVED,
        Action.OTHER,
        Action.EXPORT_READY,
    }
)
"""A refused attempt opens nothing: an address that only failed was never in the account."""


SERVERS = frozenset({"linux", "cpanel", "wordpress"})
"""Whose rows without an account tell of somebody who knocked: a connection is no use of an account."""

ENTRIES = frozenset({Action.LOGIN, Action.SESSION})

BACKGROUND = frozenset({Action.LOGIN, Action.SESSION, Action.ACTIVITY})
"""What a program that somebody once connected does by itself."""

_VERSION = re.compile(r"\d+(?:[._]\d+)*")

_network = cache(ipaddress.ip_network)
_address = lru_cache(maxsize=4_096)(ipaddress.ip_address)

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

    @cached_property
    def exists(self) -> bool:
        """Whether a baseline was declared, or could be derived from a clean window."""
        return self.owner.declares_baseline


@lru_cache(maxsize=4_096)
def client_family(user_agent: str) -> str:
    """Reduce a user agent to its family: version numbers removed, so that an update is not a new client."""
    return _VERSION.sub("#", user_agent).strip()


def identifies(device: str) -> bool:
    """Whether a device text names one device, so that it links sessions; a model name does not."""
    return device.startswith(DEVICE_IDENTIFIERS)


def is_account_use(event: Event | Use) -> bool:
    """Whether an event is somebody's use of an account from somewhere (not a message about it, not a web request)."""
    return (
        event.provider not in NO_ACCOUNT_PROVIDERS
        and (event.account != "" or event.provider not in SERVERS)
        and event.action not in NOT_A_USE
        and event.kind is not Kind.INVENTORY
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
    parsed = _address(address)
    for item in owner.addresses:
        in_time = (item.first is None or item.first <= day) and (item.last is None or day <= item.last)
        if in_time and parsed in _network(item.net):
            return item
    return None


def baseline(owner: Owner, events: Iterable[Event | Use], network_of: NetworkOf) -> Baseline:
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


def sessions(events: Iterable[Event], known: Baseline, network_of: NetworkOf) -> tuple[Session, ...]:
    """Group account uses into sessions, in time order, each with its role and the reasons for it.

    For as many events as fit into memory; ``grouped`` is the same for any number.
    """
    ordered = sorted(events, key=lambda event: (event.provider, event.account, event.address or "", *_order(event)))
    found = grouped(ordered, known, network_of)
    return tuple(sorted(found, key=lambda item: (item.first, item.provider, item.address or "", item.id)))


def grouped(uses: Iterable[Event | Use], known: Baseline, network_of: NetworkOf) -> Iterator[Session]:
    """Group events that come by provider, account and address, and within these by time and id.

    Sessions come out as they close. Besides the open ones of one account and address (one per client), nothing is held.
    """
    covers = lru_cache(maxsize=4_096)(lambda address, day: declared(known.owner, address, day) is not None)
    run: tuple[str, str, str | None] | None = None
    opened: dict[str, _Open] = {}
    for use in uses:
        if not is_account_use(use):
            continue
        if run != (use.provider, use.account, use.address):
            yield from (item.close(known, network_of) for item in opened.values())
            run, opened = (use.provider, use.account, use.address), {}
        moment = _order(use)[0]
        explained = bool(
            known.owner.addresses
            and use.address is not None
            and covers(use.address, owner_day(known.owner, _attested(use, moment)))
        )
        client = use.device or client_family(use.user_agent)
        held = opened.get(client)
        # cut at pauses, and where a declared period of the address begins or ends: it explains no use outside itself
        if held is not None and (moment - held.last > PAUSE or explained != held.explained):
            yield held.close(known, network_of)
            held = None
        if held is None:
            opened[client] = _Open(use, moment, known, explained=explained)
        else:
            held.add(use, moment, known)
    yield from (item.close(known, network_of) for item in opened.values())


def _order(event: Event | Use) -> tuple[datetime, str]:
    if event.time is None:
        message = "sessions are built from dated events"
        raise ValueError(message)
    return event.time, event.event_id


def _begins(use: Event | Use, moment: datetime) -> bool:
    """Whether a row may be where a stranger began: not the birth of a session whose known address is from much later."""
    return address_is_near(use, moment) and (use.action is Action.ACTIVITY or use.action in STEP_WORDS)


def _attested(use: Event | Use, moment: datetime) -> datetime:
    """Return when a row says that the address was in use: of a listed session it is the last use, not the first."""
    return use.time_end or moment if use.kind is Kind.SESSION else moment


class _Open:
    """A session that may still grow: what is kept of its events, however many they are."""

    __slots__ = (
        "acts", "agent", "by_device", "clean", "device", "entered", "events", "explained", "first", "ids", "last", "opening",
        "places", "ports", "seen", "starts",
    )  # fmt: skip

    def __init__(self, use: Event | Use, moment: datetime, known: Baseline, *, explained: bool) -> None:
        self.opening, self.explained, self.first, self.last = use, explained, moment, moment
        self.seen = _attested(use, moment)
        self.events, self.ports, self.starts, self.entered, self.clean = 0, False, False, False, True
        self.agent = self.device = self.by_device = ""
        self.ids = hashlib.sha256()
        self.places: dict[tuple[str, str, str], None] = {}
        self.acts: list[Act] = []
        self.add(use, moment, known)

    def add(self, use: Event | Use, moment: datetime, known: Baseline) -> None:
        """Take the next event, in time order."""
        self.ids.update((f"\n{use.event_id}" if self.events else use.event_id).encode())
        self.events += 1
        self.last = max(self.last, moment, use.time_end or moment)
        self.seen = min(self.seen, _attested(use, moment))
        self.agent = self.agent or use.user_agent
        self.device = self.device or use.device
        self.ports = self.ports or use.source_port is not None
        if len(self.places) < MAX_BASIS:
            self.places[use.exhibit, use.member, use.place] = None
        background = use.initiator is Initiator.APP and use.action in BACKGROUND
        self.starts = self.starts or (not background and _begins(use, moment))
        self.entered = self.entered or (not background and use.action in ENTRIES and use.kind is not Kind.SESSION)
        if use.action in STEP_WORDS and not background:
            self.acts.append(Act(use.event_id, moment, use.action, use.action_text))
        if known.exists:
            self.clean = self.clean and in_clean_window(known.owner, moment)
            self.by_device = self.by_device or by_device(use.device, use.user_agent, known)

    def close(self, known: Baseline, network_of: NetworkOf) -> Session:
        """Return the session as it stands."""
        role, reasons = role_of(self.opening, self.seen, self.by_device, self.clean, known, network_of)
        return Session(
            id=f"S-{self.ids.hexdigest()[:12]}",
            provider=self.opening.provider,
            account=self.opening.account,
            address=self.opening.address,
            client=self.agent,
            device=self.device,
            first=self.first,
            last=self.last,
            events=self.events,
            opening=self.opening.action,
            role=role,
            reasons=reasons,
            places=tuple(Place(exhibit=one, member=two, place=three) for one, two, three in self.places),
            acts=tuple(self.acts),
            starts=self.starts,
            entered=self.entered,
            ports=self.ports,
            seen=self.seen,
        )


NOTHING_DECLARED = (why.NOTHING_DECLARED,)


class Opening(NamedTuple):
    """What the role of a session rests on of its first use."""

    address: str | None
    user_agent: str
    device: str


def role_of(
    opening: Event | Use | Opening,
    seen: datetime,
    by_device: str,
    clean: bool,  # noqa: FBT001 - a fact, not a switch
    known: Baseline,
    network_of: NetworkOf,
) -> tuple[Role, tuple[str, ...]]:
    """Return the role of a session and the reasons for it.

    ``seen`` is when its address was in use, ``by_device`` what ``by_device`` says of its uses, ``clean`` whether all of
    them lie in clean windows.
    """
    if not known.exists:
        return Role.UNEXPLAINED, NOTHING_DECLARED
    if clean:
        return Role.OWNER, (why.CLEAN,)
    explained = _by_address(opening, known, seen) or by_device
    if explained:
        return Role.OWNER, (explained,)
    habit = _by_habit(opening, known, network_of, seen)
    if habit:
        return Role.UNKNOWN, (habit, why.NOT_TIED)
    return Role.UNEXPLAINED, tuple(_missing(opening, known, network_of, seen))


def _by_address(event: Event | Use | Opening, known: Baseline, moment: datetime) -> str:
    if event.address is None:
        return ""
    item = declared(known.owner, event.address, owner_day(known.owner, moment))
    if item is not None:
        return why.LABELLED.format(label=item.label) if item.label else why.DECLARED
    family = client_family(event.user_agent)
    families = known.seen_addresses.get(event.address)
    if families and (family in families or not family):
        return why.SAME_ADDRESS
    return ""


def _by_habit(event: Event | Use | Opening, known: Baseline, network_of: NetworkOf, moment: datetime) -> str:
    """Say that network and kind of client are the owner's habit: consistent with the owner, and with strangers."""
    family = client_family(event.user_agent)
    network = network_of(event.address, moment.date()) if event.address else None
    if network and family and (network, family) in known.seen_networks:
        return why.SAME_NETWORK.format(network=network)
    return ""


def by_device(device: str, user_agent: str, known: Baseline) -> str:
    """Say by which device or exact client text the owner explains a use; "" if by none."""
    if device and device in known.owner.devices:
        return why.DECLARED_DEVICE.format(device=device)
    if device and device in known.seen_devices:
        return why.SEEN_DEVICE.format(device=device)
    if user_agent and user_agent in known.owner.devices:
        return why.DECLARED_CLIENT
    return ""


def _missing(event: Event | Use | Opening, known: Baseline, network_of: NetworkOf, moment: datetime) -> Iterable[str]:
    if event.address is not None:
        yield why.UNDECLARED
        if known.owner.clean_windows:
            network = network_of(event.address, moment.date())
            yield why.UNSEEN
            if network and network not in known.networks:
                yield why.UNSEEN_NETWORK.format(network=network)
    if event.device:
        yield why.UNKNOWN_DEVICE.format(device=event.device)
    elif event.user_agent and known.owner.clean_windows and client_family(event.user_agent) not in known.families:
        yield why.UNSEEN_CLIENT
