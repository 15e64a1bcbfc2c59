"""One request: who asks, what for, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from forensics.serve.problems import Refusal

if TYPE_CHECKING:
    from forensics.serve.access import Client
    from forensics.serve.limits import Limits

VISIT = "forensics.visit"
"""Key of the visit in the ASGI scope."""


@dataclass(slots=True, kw_only=True)
class Visit:
    """One request: who asks, and what for (for the audit log)."""

    client: Client
    limits: Limits
    queries: list[str] = field(default_factory=list)

    def charge(self, units: int) -> None:
        """Take further units.

        Raises:
            Refusal: they are not there yet.
        """
        take(self.limits, self.client.name, units)


def take(limits: Limits, client: str, units: int) -> None:
    """Take units of a client.

    Raises:
        Refusal: they are not there yet.
    """
    wait = limits.take(client, units)
    if wait:
        raise Refusal(429, f"Ask again in {wait} s, or read a whole collection or feed", {"Retry-After": str(wait)})
