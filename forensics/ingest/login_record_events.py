"""What one login record means, whether it was read from its bytes or from the text that ``utmpdump`` makes of them."""

from __future__ import annotations

from forensics.ingest import fields
from forensics.ingest import utmp_records as kinds
from forensics.ingest.fields import FieldError
from forensics.ingest.format import Row, Unused
from forensics.ingest.utmp_records import Record
from forensics.model import Action, AddressForm, AddressSeen, Event, Moment, Outcome

KIND_NAMES = {
    kinds.RUN_LEVEL: "RUN_LVL",
    kinds.BOOT: "BOOT_TIME",
    kinds.NEW_TIME: "NEW_TIME",
    kinds.OLD_TIME: "OLD_TIME",
    kinds.INIT: "INIT_PROCESS",
    kinds.LOGIN: "LOGIN_PROCESS",
    kinds.USER: "USER_PROCESS",
    kinds.DEAD: "DEAD_PROCESS",
    kinds.ACCOUNTING: "ACCOUNTING",
}
_MILLION = 1_000_000
NO_TERMINAL = "ssh:notty"
CLOCKED = 315_532_800  # 1980


def record_event(row: Row, record: Record, when: Moment, *, named: bool, zone_note: str = "") -> Event | Unused:
    """Say what one record means; ``named``: the file's name says that it holds refused sign-ins."""
    if record.kind not in KIND_NAMES or not 0 <= record.micros < _MILLION:
        raise FieldError(f"no login record: type {record.kind}, microseconds {record.micros}")
    failed = (named and record.kind in (kinds.LOGIN, kinds.USER)) or record.line == NO_TERMINAL
    if record.kind == kinds.INIT or (record.kind == kinds.LOGIN and not failed):
        return Unused(rule="a terminal waits for a sign-in")
    action, outcome = _meaning(record, failed=failed)
    return row.event(
        provider="linux",
        service="login records",
        action=action,
        action_text=KIND_NAMES[record.kind],
        outcome=outcome,
        when=when,
        account=record.user if record.kind in (kinds.USER, kinds.LOGIN) or failed else "",
        address=_seen(record),
        detail={
            "terminal": record.line,
            "pid": record.pid,
            "id": record.id,
            "session": record.session,
            "user": record.user,
            "host": record.host,
            "exit": f"{record.termination},{record.exit_status}" if record.termination or record.exit_status else "",
            "note": _note(record, failed=failed, named=named),
            "zone_note": zone_note,
        },
    )


def _note(record: Record, *, failed: bool, named: bool) -> str:
    if failed:
        return f"a failed login, because the {'file is named btmp' if named else f'terminal is {NO_TERMINAL}'}"
    early = record.seconds is not None and record.seconds < CLOCKED
    return "the machine's clock was not set yet" if early else ""


def _meaning(record: Record, *, failed: bool) -> tuple[Action, Outcome]:
    if failed:
        return Action.LOGIN_FAILED, Outcome.FAILURE
    if record.kind == kinds.USER:
        return Action.LOGIN, Outcome.SUCCESS
    return (Action.LOGOUT, Outcome.UNKNOWN) if record.kind == kinds.DEAD else (Action.OTHER, Outcome.UNKNOWN)


def _seen(record: Record) -> AddressSeen:
    """The binary address counts; a host name, and an address that stands only as text, keep their text."""
    if not record.address:
        return host_seen(record.host if record.kind in (kinds.USER, kinds.LOGIN, kinds.DEAD) else "")
    seen = fields.address(record.address)
    form = seen.form if seen.address else AddressForm.NONE
    return AddressSeen(address=seen.address, text=record.host or record.address, form=form)


def host_seen(host: str) -> AddressSeen:
    """Read a host that stands as text: an address, or a name; a display (``:0``) and a terminal in a terminal are none."""
    local = host.startswith(("tmux(", "screen")) or (host.startswith(":") and not host.startswith("::"))
    return fields.address("" if local else host.partition(" via mosh")[0])
