"""What a ``label_values`` record says, read from the shape of its values and only then from its labels."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forensics.ingest import fields, meta_labels, meta_values
from forensics.ingest.fields import FieldError
from forensics.ingest.meta_actions import Meaning, fold, is_last_login_label, is_listed, is_type_label, meaning_of
from forensics.model import NO_ADDRESS, UNDATED, Action, AddressSeen, Moment, Outcome

if TYPE_CHECKING:
    from forensics.ingest.meta_labels import Entry
    from forensics.ingest.meta_values import Reading

_PORT_LABEL = re.compile(r"\bport\b|\bport-?nummer|puerto|порт")
PLACE_LABEL = re.compile(r"location|standort|\bort\b|lieu|ubicación|местоположение|konum|yer\b|məkan")
CLIENT_LABEL = re.compile(r"user.?agent")


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelFacts:
    """The facts of one record. ``stamp`` is the record's own time, ``times`` those of its entries, sorted, distinct."""

    entries: tuple[Entry, ...]
    stamp: Moment
    times: tuple[Moment, ...]
    address: AddressSeen
    user_agent: str
    cookie: str
    device_id: str
    place: str
    zone: str
    said: str
    meaning: Meaning
    login: Moment

    @property
    def when(self) -> Moment:
        """The time of the last login where that is the record's meaning; the record's time; its entries' earliest."""
        if self.login.utc is not None and not self.said:
            return self.login
        return self.stamp if self.stamp.utc is not None or not self.times else self.times[0]

    @property
    def about_access(self) -> bool:
        """Whether the record names an address or a client."""
        return bool(self.address.text or self.user_agent)

    def detail(self) -> dict[str, Any]:
        """All entries as found, in order, for the event's detail."""
        return {"labels": [[entry.label, entry.shown] for entry in self.entries], "time_zone": self.zone}


def facts(read: Reading) -> LabelFacts:
    """Read the facts of a record; one without any entry is refused."""
    found = meta_labels.entries(read.found)
    stamp = meta_values.seconds(read.found, "timestamp")
    if not found and not stamp.text:
        message = f"a label record without values: {sorted(read.found)[:8]}"
        raise FieldError(message)
    said = said_by(found)
    return LabelFacts(
        entries=found,
        stamp=stamp,
        times=_times(found),
        address=address_of(found),
        user_agent=first_of(found, meta_values.is_client) or labelled(found, CLIENT_LABEL),
        cookie=first_of(found, meta_values.is_masked_cookie),
        device_id=first_of(found, meta_values.is_device_id),
        place=labelled(found, PLACE_LABEL),
        zone=first_of(found, meta_labels.is_zone),
        said=said,
        meaning=_meaning(found, said),
        login=_last_login(found),
    )


def first_of(found: tuple[Entry, ...], fits: Any) -> str:
    """Return the first value that fits; "" if none does."""
    return next((entry.value for entry in found if entry.value and fits(entry.value)), "")


def labelled(found: tuple[Entry, ...], label: re.Pattern[str]) -> str:
    """Return the first value under a label that matches; "" if there is none."""
    return next((entry.value for entry in found if entry.value and label.search(fold(entry.label))), "")


def address_of(found: tuple[Entry, ...]) -> AddressSeen:
    """Return the first value that is an address, with the port from its own entry."""
    written = first_of(found, meta_values.is_address)
    port = next((e.value for e in found if e.value.isdecimal() and _PORT_LABEL.search(fold(e.label))), "")
    return meta_values.with_port(fields.address(written), port) if written else NO_ADDRESS


def _times(found: tuple[Entry, ...]) -> tuple[Moment, ...]:
    distinct = {entry.time.utc: entry.time for entry in found if entry.time.utc is not None}
    return tuple(distinct[utc] for utc in sorted(distinct))


def said_by(found: tuple[Entry, ...]) -> str:
    """The record's action text: the value under a label that announces it, else a value that is a listed text."""
    typed = (entry.value for entry in found if entry.value and is_type_label(entry.label.split(" / ")[-1]))
    listed = (entry.value for entry in found if entry.value and is_listed(entry.value))
    return next(typed, "") or next(listed, "")


def _last_login(found: tuple[Entry, ...]) -> Moment:
    labelled_so = (entry.time for entry in found if entry.time.utc is not None and is_last_login_label(entry.label))
    return next(labelled_so, UNDATED)


def _meaning(found: tuple[Entry, ...], said: str) -> Meaning:
    if not said and _last_login(found).utc is not None:
        return Meaning(action=Action.LOGIN, outcome=Outcome.SUCCESS)
    return meaning_of(said)
