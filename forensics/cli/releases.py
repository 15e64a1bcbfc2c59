"""``registry release``, ``verify``, ``diff``, ``pull``, ``private-set``, ``private-test``: how registries travel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forensics import console
from forensics.cli.options import Json, ProxyUrl, ServersFile, passphrase_for

if TYPE_CHECKING:
    from forensics.pipeline.collecting import CollectionPlan
    from forensics.pipeline.pulling import ReleasePlan

Trust = Annotated[
    list[Path] | None,
    typer.Option("--trust", metavar="KEYFILE", help="A publisher's verifier key (.pub); may be repeated."),
]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a release.")]
SetKey = Annotated[Path, typer.Option("--key-file", metavar="FILE", help="The key of the private set.")]


def register(group: typer.Typer) -> None:
    """Add the commands of this module to the group."""
    group.command("release")(release)
    group.command("verify")(verify)
    group.command("diff")(diff)
    group.command("pull")(pull)
    group.command("collect")(collect)
    group.command("private-set")(private_set)
    group.command("private-test")(private_test)


def release(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the release; it stays the same for good.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="New folder, or that of the release before.")],
    tlp: Annotated[str, typer.Option(help="The circle of readers: CLEAR, GREEN, AMBER, AMBER+STRICT, RED.")] = "CLEAR",
    registry: Annotated[
        list[str] | None, typer.Option("--registry", metavar="DIR|FILE|URL", help="Without it your own store.")
    ] = None,
    after: Annotated[Path | None, typer.Option("--after", metavar="DIR", help="The release before, elsewhere.")] = None,
    version: Annotated[str, typer.Option(help="Version in words; without it day and number.")] = "",
    licence: Annotated[str, typer.Option(help="Without it that of the registry.")] = "",
    maintainer: Annotated[str, typer.Option(help="Without it that of the registry.")] = "",
    key: Annotated[
        Path | None, typer.Option("--key", envvar="FORENSICS_KEY", help="Your signing key, one that is kept.")
    ] = None,
    json: Json = False,
) -> None:
    """Make a signed, numbered release of a registry: what may leave, hash by hash. Retractions travel with it.

    Example: forensics registry release example-helpline --out shared/example-helpline
    """
    from forensics.pipeline import releasing

    wish = releasing.Wish(
        name=name,
        out=out,
        tlp=tlp.upper().removeprefix("TLP:"),
        registries=tuple(registry or ()),
        after=after,
        version=version,
        licence=licence,
        maintainer=maintainer,
        key=key,
        passphrase=passphrase_for(key),
    )
    _print(releasing.publish(wish), releasing.released_text, json=json)


def verify(folder: Folder, trust: Trust = None, json: Json = False) -> None:
    """Check a release: signature, every file, its number, and whether it follows from the one in use."""
    from forensics.pipeline import releasing

    _print(releasing.verify(folder, tuple(trust or ())), releasing.verified_text, json=json)


def diff(
    before: Annotated[str, typer.Argument(metavar="A", help="A release, or any registry.")],
    after: Annotated[str, typer.Argument(metavar="B", help="A later one.")],
    json: Json = False,
) -> None:
    """What changed between two releases: added, changed field by field, retracted and why."""
    from forensics.pipeline import releasing

    _print(releasing.diff(before, after), releasing.diff_text, json=json)


def pull(
    source: Annotated[str, typer.Argument(metavar="PATH|URL", help="Folder (checkout, stick) or https address.")],
    trust: Trust = None,
    allow_rollback: Annotated[
        str, typer.Option("--allow-rollback", metavar="REASON", help="Take an older or foreign release, and why.")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Agree to ask the server without being asked.")] = False,
    proxy: ProxyUrl = "",
    servers: ServersFile = None,
    json: Json = False,
) -> None:
    """Take a whole release and use it from then on: checked first, matched on this machine, never asked about.

    Example: forensics registry pull /media/stick/example-helpline --trust example-helpline.pub
    """
    from forensics.pipeline import pulling

    wish = pulling.Wish(
        source=source,
        trust=tuple(trust or ()),
        allow_rollback=allow_rollback,
        consent=_consent(yes),
        proxy=proxy,
        settings=servers,
    )
    _print(pulling.pull(wish), pulling.told, json=json)


def collect(
    url: Annotated[str, typer.Argument(metavar="URL", help="https://HOST/…/collections/ID/ of a TAXII 2.1 server.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="New file for the pages; import it next.")],
    added_after: Annotated[
        str, typer.Option("--added-after", metavar="TIME", help="Only what was added since, 2024-01-01T00:00:00Z.")
    ] = "",
    authorization: Annotated[
        Path | None,
        typer.Option("--authorization", metavar="FILE", help="A file with one line: Bearer TOKEN, or Basic BASE64."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Agree to ask the server without being asked.")] = False,
    proxy: ProxyUrl = "",
    servers: ServersFile = None,
    json: Json = False,
) -> None:
    """Take a whole TAXII 2.1 collection into a file: plan first, then your consent, then packets. Import it next.

    Example: forensics registry collect https://taxii.example.org/api/collections/0aa1/ --out collection.json
    """
    from forensics.pipeline import collecting

    wish = collecting.Wish(
        url=url,
        out=out,
        added_after=added_after,
        authorization=authorization,
        consent=_consent(yes),
        proxy=proxy,
        settings=servers,
    )
    _print(collecting.collect(wish), collecting.told, json=json)


def private_set(
    release: Annotated[str, typer.Argument(metavar="RELEASE", help="Folder of a release, or name of one in use.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="New file for the set.")],
    key_file: SetKey,
    json: Json = False,
) -> None:
    """Export a release as keyed digests, so that a partner tests own addresses offline. A missing key is made."""
    from forensics.pipeline import private_sets

    _print(private_sets.export(release, out, key_file), private_sets.exported_text, json=json)


def private_test(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A private set.")],
    addresses: Annotated[list[str], typer.Argument(metavar="ADDRESS...", help="Addresses to test.")],
    key_file: SetKey,
    json: Json = False,
) -> None:
    """Whether addresses are held by a private set: offline, nobody learns what was tested."""
    from forensics.pipeline import private_sets

    _print(private_sets.test(file, key_file, addresses), private_sets.tested_text, json=json)


def _consent(yes: bool) -> Callable[[Any], str]:
    """Return who agrees: ``--yes``, else the person at the terminal, else nobody."""
    import sys

    from forensics.pipeline import pulling

    if yes:
        return lambda _: "--yes"
    return _asked if sys.stdin.isatty() and sys.stderr.isatty() else pulling.nobody_agrees


def _asked(plan: ReleasePlan | CollectionPlan) -> str:
    for line in plan.lines():
        console.complain(line)
    return "asked at the terminal" if typer.confirm("Send these questions?", default=False, err=True) else ""


def _print(answer: dict[str, Any], told: Callable[[Mapping[str, Any]], Sequence[str]], *, json: bool) -> None:
    if json:
        console.out_json(answer)
        return
    for line in told(answer):
        console.out(line)
