"""``custody timestamp``, ``witness``, ``proof`` and ``receipt``: what others say about a case, and what they may see."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from forensics import console
from forensics.cli.options import CasePath, Json, KeyFile, ProxyUrl, ServersFile, passphrase_for

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from forensics.pipeline.attesting import AttestPlan, Consent, Way
    from forensics.pipeline.witnessing import Holder

Yes = Annotated[bool, typer.Option("--yes", help="Agree to ask without being asked (for scripts).")]
State = Annotated[Path, typer.Option("--state", metavar="DIR", help="The witness's memory; back it up.")]
Logs = Annotated[
    list[str] | None,
    typer.Option("--log", metavar="VKEY|FILE", help="Accept this key of a log from now on; may be repeated."),
]
Known = Annotated[
    list[str] | None,
    typer.Option("--witness", metavar="VKEY", help="Key of a witness that the case's policy does not name."),
]


class _MakeFirst(TyperGroup):
    """``proof CASE EXHIBIT`` is short for ``proof make CASE EXHIBIT``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            args = ["make", *args]
        return super().parse_args(ctx, args)


def register(acts: typer.Typer) -> None:
    """Add the commands of this module to ``custody``."""
    acts.command("timestamp")(timestamp)
    acts.command("receipt")(receipt)
    witness = typer.Typer(help="Witnesses: others who have seen the log.", rich_markup_mode=None, no_args_is_help=True)
    steps: dict[str, Callable[..., None]] = {
        "trust": trust,
        "request": request,
        "cosign": cosign,
        "add": add,
        "ask": ask,
    }
    for name, command in steps.items():
        witness.command(name)(command)
    witness.command("serve")(serve)
    acts.add_typer(witness, name="witness")
    proof = typer.Typer(help="Show one exhibit alone.", rich_markup_mode=None, no_args_is_help=True, cls=_MakeFirst)
    proof.command("make")(prove)
    proof.command("verify")(prove_verify)
    acts.add_typer(proof, name="proof")


def timestamp(
    case: CasePath,
    tsa: Annotated[
        list[str] | None, typer.Option("--tsa", metavar="URL", help="An authority; may be repeated.")
    ] = None,
    ca: Annotated[
        list[Path] | None,
        typer.Option("--ca", metavar="FILE", help="The authority's root certificate (PEM); it is sealed."),
    ] = None,
    query: Annotated[
        Path | None,
        typer.Option("--query", metavar="FILE", help="Write a request; with --response: the one it answers."),
    ] = None,
    response: Annotated[
        Path | None, typer.Option("--response", metavar="FILE", help="A response that was had by hand (.tsr).")
    ] = None,
    key: KeyFile = None,
    yes: Yes = False,
    proxy: ProxyUrl = "",
    servers: ServersFile = None,
) -> None:
    """Have the head of the log stamped by time-stamping authorities (RFC 3161), and seal their whole responses.

    Example: forensics custody timestamp case-2020-03 --query head.tsq
    """
    from forensics.pipeline import timestamping

    wish = timestamping.Wish(
        case=case,
        urls=tuple(tsa or ()),
        roots=tuple(ca or ()),
        query=query,
        response=response,
        key=key,
        passphrase=passphrase_for(key) if tsa or response else None,
        way=way_of(proxy, servers, yes=yes),
    )
    _print(timestamping.timestamp(wish))


def receipt(
    case: CasePath,
    svg: Annotated[
        Path | None, typer.Option("--svg", metavar="FILE", help="Write the code as a picture instead of printing it.")
    ] = None,
) -> None:
    """Print size and root of the log, in text and as a QR code: kept on paper, they show an older state put back."""
    from forensics.pipeline import receipts

    _print(receipts.receipt(case, svg))


def trust(
    case: CasePath,
    policy: Annotated[
        Path, typer.Argument(metavar="POLICY", help="C2SP tlog-policy: witness, group and quorum lines.")
    ],
    key: KeyFile = None,
) -> None:
    """Name the witnesses of a case and how many of them have to have seen it.

    Example: forensics custody witness trust case-2020-03 witnesses.policy
    """
    from forensics.pipeline import witnessing

    _print(witnessing.trust(case, policy, _holder(key)))


def request(
    case: CasePath,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to write it: outside the case.")],
    old: Annotated[int | None, typer.Option("--old", help="How many records the witness has seen.", min=0)] = None,
) -> None:
    """Write what a witness needs to cosign the head of the log: for mail or a stick.

    Example: forensics custody witness request case-2020-03 --out for-the-lawyer.txt
    """
    from forensics.pipeline import witnessing

    _print(witnessing.request(case, old, out))


def cosign(
    asked: Annotated[Path, typer.Argument(metavar="REQUEST", help="The file that you were given.")],
    state: State,
    key: KeyFile = None,
    log: Logs = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Where to write the answer.")] = None,
) -> None:
    """Cosign the head of another's log, if it continues what you have seen of it. Your memory is what counts: keep it.

    Example: forensics custody witness cosign for-the-lawyer.txt --state my-witness --log case.pub --out answer.txt
    """
    from forensics.pipeline import witnessing

    answer, told = witnessing.cosign(asked, state, _holder(key), tuple(log or ()), out)
    if not told:
        raise witnessing.refusal(answer, state)
    if out is None:
        console.out(answer.body.decode().rstrip("\n"))
    else:
        _print(told)


def add(
    case: CasePath,
    answers: Annotated[list[Path], typer.Argument(metavar="ANSWER...", help="What the witness sent back.")],
    witness: Known = None,
    key: KeyFile = None,
) -> None:
    """Check and seal the cosignatures of witnesses.

    Example: forensics custody witness add case-2020-03 answer.txt
    """
    from forensics.pipeline import witnessing

    _print(witnessing.add(case, answers, tuple(witness or ()), _holder(key)))


def ask(
    case: CasePath,
    url: Annotated[str, typer.Argument(metavar="URL", help="Where the witness serves: https, or this machine.")],
    witness: Known = None,
    key: KeyFile = None,
    yes: Yes = False,
    proxy: ProxyUrl = "",
    servers: ServersFile = None,
) -> None:
    """Ask a witness over HTTP to cosign the head of the log, and seal its answer. The plan is shown first.

    Example: forensics custody witness ask case-2020-03 https://witness.example.org --yes
    """
    from forensics.pipeline import witnessing

    _print(witnessing.ask(case, url, tuple(witness or ()), _holder(key), way_of(proxy, servers, yes=yes)))


def serve(
    state: State,
    key: KeyFile = None,
    log: Logs = None,
    host: Annotated[str, typer.Option("--host", help="Address of this machine to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="0 takes a free one.", min=0, max=65535)] = 0,
) -> None:
    """Be a witness over HTTP (C2SP tlog-witness) for the logs whose keys you named. Listens on this machine.

    Example: forensics custody witness serve --state my-witness --log case.pub --port 7380
    """
    from forensics.pipeline import witness_serving

    witness_serving.serve(state, _holder(key), tuple(log or ()), (host, port), console.complain)


def prove(
    case: CasePath,
    exhibit: Annotated[str, typer.Argument(metavar="EXHIBIT", help="SHA-256, name as taken in, or path in the case.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The proof; the record is written beside it.")],
    key: KeyFile = None,
) -> None:
    """Show that one exhibit belongs to the sealed case, without showing the case: a proof and the one record.

    Example: forensics custody proof case-2020-03 logins.csv --out logins.tlog-proof
    """
    from forensics.pipeline import disclosing

    _print(disclosing.prove(case, exhibit, out, _holder(key)))


def prove_verify(
    proof: Annotated[Path, typer.Argument(metavar="PROOF", help="The .tlog-proof file.")],
    record: Annotated[Path, typer.Option("--record", metavar="FILE", help="The record's line that came with it.")],
    key: Annotated[str, typer.Option("--key", metavar="VKEY", help="The key of the case as you know it.")] = "",
    policy: Annotated[
        Path | None, typer.Option("--policy", metavar="FILE", help="Your policy: logs, witnesses and quorum.")
    ] = None,
    exhibit: Annotated[
        Path | None, typer.Option("--file", metavar="FILE", help="The exhibit itself: is it what the record names?")
    ] = None,
    json: Json = False,
) -> None:
    """Check a proof of one exhibit without the case. Exit 4 when it does not hold.

    Example: forensics custody proof verify logins.tlog-proof --record logins.record --key VKEY --file logins.csv
    """
    from forensics.pipeline import disclosing

    shown, told = disclosing.check(proof, record, key, policy, exhibit)
    if json:
        console.out_json(disclosing.as_json(shown))
    else:
        _print(told)


def way_of(proxy: str, servers: Path | None, *, yes: bool) -> Way:
    """Return who agrees: ``--yes``, else the person at the terminal, else nobody."""
    import sys

    from forensics.pipeline import attesting

    consent: Consent = attesting.nobody_agrees
    if yes:
        consent = _shown
    elif sys.stdin.isatty() and sys.stderr.isatty():
        consent = _asked
    return attesting.Way(consent=consent, proxy=proxy, settings=servers)


def _shown(plan: AttestPlan) -> str:
    for line in plan.lines():
        console.complain(line)
    return "--yes"


def _asked(plan: AttestPlan) -> str:
    _shown(plan)
    return "asked at the terminal" if typer.confirm("Ask?", default=False, err=True) else ""


def _holder(key: Path | None) -> Holder:
    from forensics.pipeline.witnessing import Holder as Made

    return Made(key=key, passphrase=passphrase_for(key))


def _print(lines: Sequence[str]) -> None:
    for line in lines:
        console.out(line)
