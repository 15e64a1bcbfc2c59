"""What the custodian asks for when sharing, and what is refused before anything of the case is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from forensics.errors import PolicyError, UsageError
from forensics.exchange.bundle import GRAINS, PAP, TLP
from forensics.exchange.encryption import Recipient, is_key, parse_recipients
from forensics.exchange.exporter import exporters

if TYPE_CHECKING:
    from forensics.case import CaseFacts

DEVICE = "device"
_MAX_RECIPIENTS = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareRequest:
    """What the custodian asks for, as written on the command line. Empty text means "not stated"."""

    case: Path
    findings: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    form: str = "registry"
    consent: str = ""
    recipients: tuple[str, ...] = ()
    plain_text: bool = False
    output: Path | None = None
    note: str = ""
    times: str = "month"
    reason: str = ""
    tlp: str = ""
    pap: str = ""
    include: tuple[str, ...] = ()
    dry_run: bool = False
    as_reviewed: str = ""


def check_request(request: ShareRequest) -> None:
    """Refuse a request that cannot end in a release, before anything is read."""
    wrong = [
        ("--format", request.form, tuple(exporters())),
        ("--times", request.times, GRAINS),
        ("--tlp", request.tlp or "CLEAR", TLP),
        ("--pap", request.pap or "CLEAR", PAP),
        *(("--include", name, (DEVICE,)) for name in request.include),
    ]
    for option, value, allowed in wrong:
        if value not in allowed:
            raise UsageError(f"{option} {value[:40]!r} is none of {', '.join(allowed)}")
    if request.times == "day" and not request.reason:
        raise PolicyError("days are told only for a reason", hint="--reason TEXT says which; it stays in the case")
    if not request.dry_run:
        _may_be_released(request)


def _may_be_released(request: ShareRequest) -> None:
    if not request.consent.strip():
        hint = (
            "--consent ID names the paper: who agreed, and where it lies. It is recorded in the case and never leaves"
        )
        raise PolicyError("nothing leaves without a recorded consent", hint=hint)
    if request.output is None:
        raise UsageError(
            "where to? The file that leaves has to be named", hint="--output FILE, or look at it: --dry-run"
        )
    if bool(request.recipients) == request.plain_text:
        hint = "--recipient age1… (or an SSH public key, or a file of them) encrypts; --plain-text says that you do without"
        raise UsageError("say for whom it is encrypted, or that it is not", hint=hint)
    if request.output.exists() or request.output.is_symlink():
        raise UsageError("there is already something here", where=str(request.output), hint="Choose another --output")
    if request.output.resolve().is_relative_to(request.case.resolve()):
        raise UsageError("this is inside the case", where=str(request.output), hint="Choose another --output")


def recipients_of(given: Sequence[str]) -> tuple[Recipient, ...]:
    """Return the recipients; what is not written like a key is a file of keys."""
    lines: list[str] = []
    for text in given:
        if is_key(text):
            lines.append(text)
            continue
        try:
            with Path(text).open(encoding="utf-8") as file:
                found = file.read(_MAX_RECIPIENTS).splitlines()
        except (OSError, UnicodeDecodeError) as error:
            hint = "Write age1…, an SSH public key (ssh-ed25519 …), or a file that holds one a line"
            raise UsageError(f"neither a key nor a file of keys: {text[:60]!r}", hint=hint) from error
        if not any(line.strip() and not line.lstrip().startswith("#") for line in found):
            raise UsageError("the file of recipients is empty", where=text)
        lines += found
    return parse_recipients(lines)


def labels(facts: CaseFacts, request: ShareRequest) -> tuple[str, str]:
    """Return TLP and PAP; a wider circle than the case's own needs a reason. An unknown label counts as the narrowest."""
    chosen: list[str] = []
    for option, given, own, scale, usual in (
        ("--tlp", request.tlp, facts.tlp, TLP, "AMBER+STRICT"),
        ("--pap", request.pap, facts.pap, PAP, "AMBER"),
    ):
        held = scale.index(own) if own in scale else len(scale) - 1
        label = given or scale[max(held, scale.index(usual))]
        if scale.index(label) < held and not request.reason:
            hint = "--reason TEXT says why; it stays in the case"
            raise PolicyError(f"{option} {label} is wider than the label of the case ({own})", hint=hint)
        chosen.append(label)
    if chosen[0] == "RED" and request.plain_text:
        raise PolicyError("TLP:RED is for named recipients only", hint="--recipient instead of --plain-text")
    return chosen[0], chosen[1]
