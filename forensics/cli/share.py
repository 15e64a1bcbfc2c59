"""``share``: the gate through which something of a case may leave."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forensics import console
from forensics.cli.options import CasePath, Json, KeyFile, passphrase_for


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("share")(share)


def share(
    case: CasePath,
    finding: Annotated[
        list[str] | None, typer.Option("--finding", metavar="F-n", help="The addresses of this finding; repeatable.")
    ] = None,
    address: Annotated[
        list[str] | None,
        typer.Option("--address", metavar="ADDRESS|CIDR", help="This address or prefix; may be repeated."),
    ] = None,
    form: Annotated[str, typer.Option("--format", metavar="FORM", help="registry, stix or misp.")] = "registry",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the exact bytes that would leave; nothing does.")
    ] = False,
    as_reviewed: Annotated[
        str, typer.Option("--as-reviewed", metavar="WORD", help="Release exactly what a dry run showed.")
    ] = "",
    consent: Annotated[
        str, typer.Option("--consent", metavar="ID", help="Which paper says that the owner agreed. Stays in the case.")
    ] = "",
    recipient: Annotated[
        list[str] | None,
        typer.Option("--recipient", metavar="KEY|FILE", help="Encrypt for age1…, ssh-ed25519 … or a file of keys."),
    ] = None,
    plain_text: Annotated[bool, typer.Option("--plain-text", help="Do not encrypt.")] = False,
    output: Annotated[Path | None, typer.Option("--output", metavar="FILE", help="The file that will leave.")] = None,
    note: Annotated[str, typer.Option("--note", help="A free text for the recipients; it is searched first.")] = "",
    times: Annotated[str, typer.Option("--times", help="month or day; day needs a --reason.")] = "month",
    include: Annotated[
        list[str] | None, typer.Option("--include", metavar="WHAT", help="device: a random name for each device.")
    ] = None,
    tlp: Annotated[
        str, typer.Option("--tlp", help="TLP 2.0; default AMBER+STRICT, or the case's if that is narrower.")
    ] = "",
    pap: Annotated[str, typer.Option("--pap", help="PAP; default AMBER, or the case's if that is narrower.")] = "",
    reason: Annotated[
        str, typer.Option("--reason", help="Why days, a wider label or a shared address. Stays in the case.")
    ] = "",
    key: KeyFile = None,
    json: Json = False,
) -> None:
    """Let addresses of unexplained sessions leave, and nothing else of the case. Exit 6 when something is refused.

    The owner's addresses, those of unknown use and every range that holds one stay, whatever is asked.

    Example: forensics share case-2020-03 --format stix --dry-run
    """
    from forensics.pipeline import sharing
    from forensics.pipeline.share_request import ShareRequest

    request = ShareRequest(
        case=case, findings=tuple(finding or ()), addresses=tuple(address or ()), form=form, consent=consent,
        recipients=tuple(recipient or ()), plain_text=plain_text, output=output, note=note, times=times, reason=reason,
        tlp=tlp, pap=pap, include=tuple(include or ()), dry_run=dry_run, as_reviewed=as_reviewed,
    )  # fmt: skip
    done = sharing.share(request, key, None if dry_run else passphrase_for(key))
    if json:
        console.out_json(done.as_json())
        return
    made = done.prepared
    for line in made.stays:
        console.say(line)
    if dry_run:
        console.out(made.data.decode().removesuffix("\n"))
        console.say(f"Nothing left. {len(made.bundle.items)} items, {len(made.data)} bytes, SHA-256 {made.sha256}")
        console.say(f"For: {', '.join(one.fingerprint for one in made.recipients) or 'no recipient named'}")
        console.say(f"Review: {made.review}")
        return
    console.out(f"Written:   {done.output}")
    console.out(f"Content:   {made.form}, {len(made.bundle.items)} items, SHA-256 {made.sha256}")
    console.out(f"As sent:   SHA-256 {done.sent_sha256}")
    for one in made.recipients:
        console.out(f"Encrypted: for {one.fingerprint}")
    console.say("Recorded in the case as share.release, with the exact bytes under shared/.")
