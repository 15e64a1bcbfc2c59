"""What findings say of the sessions that the owner does not explain: numbers, the first of each kind, and their rows.

Plain values, gathered by the pipeline from a table that may hold millions of sessions; bounded by what a reader can
take in (``MAX_LISTED`` of a kind, ``MAX_BASIS`` rows under a statement).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from forensics.model import Place, Session


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressSessions:
    """The unexplained sessions of one address ("" where the rows state none), in order."""

    address: str
    sessions: tuple[Session, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedAddress:
    """An unexplained address that occurs in the records of several providers, web logs and mails included."""

    address: str
    providers: tuple[str, ...]
    basis: tuple[Place, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedDevice:
    """A device identifier that unexplained sessions used from several addresses; ``total`` is their true number."""

    device: str
    addresses: tuple[str, ...]
    total: int
    basis: tuple[Place, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """The unexplained sessions of a case. From ``by_address`` on, it is filled only where the owner declared something.

    ``first_addresses`` are in order of their text, ``by_address`` in order of first use; ``rest_*`` tell of the
    addresses behind those. ``weighed`` holds the rows of the addresses that were compared with registries.
    """

    sessions: int = 0
    addresses: int = 0
    first_addresses: tuple[str, ...] = ()
    basis: tuple[Place, ...] = ()
    weighed: Mapping[str, tuple[Place, ...]] = field(default_factory=dict)
    by_address: tuple[AddressSessions, ...] = ()
    rest_sessions: int = 0
    rest_addresses: int = 0
    rest_basis: tuple[Place, ...] = ()
    shared_addresses: tuple[SharedAddress, ...] = ()
    shared_devices: tuple[SharedDevice, ...] = ()
    shared_total: int = 0
