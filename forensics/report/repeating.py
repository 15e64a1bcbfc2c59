"""How a report is made again: what it is called in the case, and the lines that make the same bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forensics.report.language.speech import Speech
    from forensics.report.profiles import Profile


def name_of(form: str, speech: Speech) -> str:
    """Return the name of a report in the case: ``report.pdf``, ``report.fr.html``; ``form`` is ``html`` or ``pdf``."""
    spoken = "-".join(one.language for one in speech.sides)
    return f"report.{form}" if spoken == "en" else f"report.{spoken}.{form}"


def lines(form: str, profile: Profile, speech: Speech) -> tuple[str, ...]:
    """Return the lines of a shell that check the case, repeat the analysis and make this report again."""
    return (
        "forensics verify CASE-FOLDER",
        "forensics replay CASE-FOLDER",
        f"forensics report CASE-FOLDER --format {form} --profile {profile.name}{speech.option} --output again.{form}",
        f"sha256sum again.{form} CASE-FOLDER/{name_of(form, speech)}",
    )
