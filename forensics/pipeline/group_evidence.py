"""What a case holds beside its addresses, and the records of other kinds to compare it with: gathered, never weighed here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from typing import TYPE_CHECKING

from forensics.attribution.group_values import BROWSER, DEVICE, DOMAIN, KINDS, PROGRAM, Held, browser
from forensics.enrichment import passive_dns
from forensics.pipeline.registries import other_records
from forensics.registry.window import classify

if TYPE_CHECKING:
    from datetime import date

    from forensics.enrichment.snapshots import SnapshotTable
    from forensics.model import AddressContext, Link, Record
    from forensics.pipeline.registries import Registries
    from forensics.pipeline.session_store import SessionStore

_REVERSE = ("reverse_name", "reverse_name_confirmed")
_OTHERS = f"""select address, user_agent from facts
where address is not null and starts_with(user_agent, '{BROWSER}') and not regexp_matches(user_agent, '{PROGRAM}', 'i')
and address not in (select address from session_addresses where first_foreign is not null and address is not null)"""  # noqa: S608 - constants of ours
"""The other addresses of a case and the browsers that they show; those of unexplained sessions are what is asked about."""


class GroupEvidence:
    """Devices, client texts, names and hours of the chosen addresses; asked only where records of other kinds exist."""

    def __init__(
        self,
        store: SessionStore,
        chosen: Sequence[str],
        registries: Registries,
        snapshots: Sequence[SnapshotTable],
    ) -> None:
        """Prepare the answers about the chosen addresses."""
        self._store, self._chosen = store, chosen
        self._records = other_records(registries.used, KINDS)
        self._snapshots = snapshots
        self._hours = store.hours_of(chosen)
        self._devices = store.devices_of(chosen) if self._records else {}
        self._clients = store.clients_of(chosen) if self._records else {}
        self._names = store.names_in_mail(chosen) if self._records else {}
        self._hosts = cache(lambda domains, day: passive_dns.hosts_under(domains, day, self._snapshots))

    def held(self, link: Link, record: Record, context: AddressContext) -> Held:
        """Return what is held about the address of a link, with the other records of the set that its record is of."""
        records = self._records.get((record.id, record.network), [])
        if not records:
            return Held(hours=self._hours.get(link.address, ()))
        notes = link.derivation
        sizes = [int(notes[name]) for name in ("population addresses", "network addresses") if name in notes]
        reports = frozenset(item.independence_group for item in record.sources)
        return self._held(
            link, context, records, reports if link.ring == "exact" else frozenset(), min(sizes, default=0)
        )

    def held_anywhere(self, link: Link, context: AddressContext) -> Held:
        """Return the same with the records of every set, for an address that no record is near to."""
        return self._held(link, context, self._every, frozenset(), 0)

    def _held(
        self, link: Link, context: AddressContext, records: Sequence[Record], reports: frozenset[str], size: int
    ) -> Held:
        day, address = link.at.date(), link.address
        texts = sorted({item.network for item in records if item.kind == DEVICE and browser(item.network)})
        domains = frozenset(item.network for item in records if item.kind == DOMAIN)
        return Held(
            devices=self._devices.get(address, ()),
            agents=self._clients.get(address, ()),
            hours=self._hours.get(address, ()),
            names=self._names.get(address, ()),
            confirmed=self._confirmed(address, day) if domains else (),
            reverse=tuple(sorted({item.value.rstrip(".").lower() for item in context.said if item.what in _REVERSE})),
            records=tuple((item, classify(item, day).window) for item in records),
            reports=reports,
            others=self._others if texts else 0,
            showing=self._showing(tuple(texts)) if texts else {},
            hosts=self._hosts(domains, day) if domains else 0,
            size=size,
        )

    def _confirmed(self, address: str, day: date) -> tuple[str, ...]:
        """Return the names that sensors saw leading to an address on that very day."""
        found = (item for item in self._seen[address] if item.rrtype != passive_dns.POINTER)
        return tuple(sorted({item.name for item in found if item.first.date() <= day <= item.last.date()}))

    @cached_property
    def _every(self) -> tuple[Record, ...]:
        """The records of other kinds of all sets, gathered once for however many addresses."""
        return tuple({item.id: item for items in self._records.values() for item in items}.values())

    @cached_property
    def _seen(self) -> Mapping[str, list[passive_dns.NameSeen]]:
        """Every name that sensors ever saw at the chosen addresses, looked up together."""
        return passive_dns.seen(self._chosen, None, self._snapshots)

    @cached_property
    def _others(self) -> int:
        ((number,),) = (row.values() for row in self._store.ask(f"select count(distinct address) from ({_OTHERS})"))  # noqa: S608
        return int(number)

    def _showing(self, texts: tuple[str, ...]) -> Mapping[str, int]:
        rows = self._store.ask(
            f"""select user_agent, count(distinct address) as n from ({_OTHERS})
            where user_agent in (select unnest(?)) group by user_agent order by user_agent""",  # noqa: S608
            [list(texts)],
        )
        return {row["user_agent"]: row["n"] for row in rows}
