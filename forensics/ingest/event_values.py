"""An event as the values of its columns, for readers whose rows are ready at once (``format.ReadyRows``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forensics.ingest import fields
from forensics.model import NO_ADDRESS, UNDATED, Action, AddressSeen, Initiator, Kind, Moment, Outcome, event_id

if TYPE_CHECKING:
    from forensics.ingest.evidence import Evidence
    from forensics.ingest.format import Values


def event_values(  # noqa: PLR0913 - as ``Row.event``
    evidence: Evidence,
    place: str,
    *,
    provider: str,
    service: str,
    action: Action,
    kind: Kind = Kind.EVENT,
    when: Moment = UNDATED,
    end: Moment = UNDATED,
    account: str = "",
    action_text: str = "",
    outcome: Outcome = Outcome.UNKNOWN,
    initiator: Initiator = Initiator.UNKNOWN,
    address: AddressSeen = NO_ADDRESS,
    user_agent: str = "",
    device: str = "",
    stated_place: str = "",
    detail: Mapping[str, Any],
) -> Values:
    """Return the values of the event that ``Row.event`` would make of the row at a place.

    The detail must be plain (see ``fields.plain_detail``).
    """
    return (
        event_id(evidence.exhibit, evidence.member, place),
        kind,
        when.utc,
        end.utc,
        when.text,
        when.zone,
        when.precision,
        provider,
        service,
        account,
        action,
        action_text,
        outcome,
        initiator,
        address.address,
        address.port,
        address.text,
        address.form,
        user_agent,
        device,
        stated_place,
        evidence.exhibit,
        evidence.member,
        place,
        fields.plain_detail(detail),
    )
