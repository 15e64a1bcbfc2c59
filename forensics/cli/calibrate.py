"""``calibrate``: how often this registry and this model would blame an innocent address of a country."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forensics import console
from forensics.cli.options import Json, NoUserData, Registries, Snapshots, snapshot_folders


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("calibrate")(calibrate)


def calibrate(
    country: Annotated[str, typer.Option("--country", metavar="CC", help="Two-letter code of the country.")],
    at: Annotated[str, typer.Option("--at", metavar="DATE", help="Day that records are told for.")] = "",
    registry: Registries = None,
    snapshot: Snapshots = None,
    no_user_data: NoUserData = False,
    draws: Annotated[int, typer.Option("--draws", help="Innocents of each kind.")] = 1_000_000,
    seed: Annotated[int, typer.Option("--seed", help="The same seed draws the same innocents.")] = 1,
    network: Annotated[
        list[str] | None,
        typer.Option("--network", metavar="AS", help="Draw hard negatives from this AS, too; repeatable."),
    ] = None,
    users: Annotated[
        Path | None, typer.Option("--users", metavar="FILE", help="Users of networks: lines of AS number,users.")
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change an assumption: pi0, class, window; repeatable."),
    ] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE", help="Write the Tippett plot here (SVG).")
    ] = None,
    json: Json = False,
) -> None:
    """Draw innocent addresses of a country and count how often they would be attributed. Nothing is sent.

    Example: forensics calibrate --country AZ --at 2020-03-11 --plot tippett.svg
    """
    from forensics.pipeline import calibration_told
    from forensics.pipeline.calibrating import Wish
    from forensics.pipeline.calibrating import calibrate as draw
    from forensics.pipeline.calibration_space import day, network_number

    wish = Wish(
        country=country,
        at=day(at),
        registries=tuple(registry or ()),
        folders=snapshot_folders(snapshot, no_user_data=no_user_data),
        draws=draws,
        seed=seed,
        settings=tuple(set_ or ()),
        networks=tuple(map(network_number, network or ())),
        users=users,
    )
    with console.progress("Drawing innocents"):
        found = draw(wish)
    if plot is not None:
        calibration_told.plot(found, plot)
    if json:
        console.out_json(calibration_told.as_json(found))
        return
    for line in calibration_told.lines(found):
        console.out(line)
