"""Facebook's label records (2023 on): which file a record stands in decides where its own text does not.

File names are English in every language, so they may add to what the values say; they never replace a listed text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from forensics.ingest import meta_values
from forensics.ingest.meta_actions import UNLISTED, Meaning
from forensics.ingest.meta_label_facts import LabelFacts, facts
from forensics.model import Action, Event, Kind, Moment, Outcome

if TYPE_CHECKING:
    from forensics.ingest.meta_values import Reading

_RECOVERY = "access regained through account recovery"
_FILES: tuple[tuple[str, Meaning, str], ...] = (
    ("information_about_your_last_login", Meaning(action=Action.LOGIN, outcome=Outcome.SUCCESS), "the last login"),
    (
        "your_recent_account_recovery_successes",
        Meaning(action=Action.LOGIN, outcome=Outcome.SUCCESS),
        _RECOVERY,
    ),
    (
        "account_recoveries_without_password_changes",
        Meaning(action=Action.LOGIN, outcome=Outcome.SUCCESS),
        f"{_RECOVERY}, without a change of password",
    ),
    ("recognized_devices", Meaning(action=Action.DEVICE_ADDED), "a recognised device"),
    ("where_you_re_logged_in", Meaning(action=Action.SESSION), "a session that was open when the export was made"),
    ("login_protection_data", Meaning(action=Action.SESSION), "a mark of known logins"),
    ("registration_information", Meaning(action=Action.OTHER), "registration of the account"),
    ("your_devices", Meaning(action=Action.OTHER), "a device registered with the account"),
    ("primary_location", Meaning(action=Action.OTHER), "where the provider places the account, by its own inference"),
    (
        "primary_public_location",
        Meaning(action=Action.OTHER),
        "where the provider places the account, by its own inference",
    ),
    ("ip_address_activity", Meaning(action=Action.ACTIVITY), "an address that was used"),
)
INTERVAL = "first and last time of the record; its address is the one last used"


def label_event(read: Reading) -> Event:
    """Say what one label record means."""
    found = facts(read)
    meaning, note = _meaning(read, found)
    when, end, kind, interval = _times(found)
    return read.row.event(
        provider="facebook",
        service="facebook",
        account=read.row.shared["account"],
        kind=kind,
        action=meaning.action,
        action_text=found.said,
        outcome=meaning.outcome,
        initiator=meaning.initiator,
        when=when,
        end=end,
        address=found.address,
        user_agent=found.user_agent,
        device=meta_values.datr(found.cookie),
        stated_place=found.place,
        detail={
            **_rest(read, found, when),
            "note": "; ".join(filter(None, (note, interval))),
            "time_end_text": end.text,
        },
    )


def _meaning(read: Reading, found: LabelFacts) -> tuple[Meaning, str]:
    meaning, note = page_meaning(re.sub(r"\W", "_", read.row.evidence.basename.removesuffix(".json")))
    return (meaning if meaning is not None and found.meaning is UNLISTED and not found.said else found.meaning), note


def page_meaning(stem: str) -> tuple[Meaning | None, str]:
    """Return what a file of this name (without suffix) records, and a remark; ``None`` and "" for any other."""
    return next(((meaning, note) for name, meaning, note in _FILES if name == stem), (None, ""))


def _times(found: LabelFacts) -> tuple[Moment, Moment, Kind, str]:
    """Two labelled times beside an address or client bound a session; without any time the record is inventory."""
    if found.about_access and len(found.times) > 1:
        return found.times[0], found.times[-1], Kind.SESSION, INTERVAL
    kind = Kind.INVENTORY if found.when.utc is None else Kind.EVENT
    return found.when, Moment(utc=None), kind, ""


def _rest(read: Reading, found: LabelFacts, when: Moment) -> dict[str, Any]:
    """The record's own time stays in the detail where another time became the event's."""
    record = {key: value for key, value in read.found.items() if key != "label_values"}
    kept = meta_values.unshown(record, {"timestamp"}, when.text)
    return {**kept, **found.detail(), **meta_values.provenance(read)}
