"""Whose page it is, and which: Facebook and Instagram export the same layout, but on different clocks.

A page read on the wrong clock is a false alibi of hours, so ``platform`` decides only on grounds that one of the two
alone gives, and says on which. Strong grounds: the export's folders, archive and file name; the logo file; ``section`` blocks
or a time in ``_a72d`` (Facebook since 2023); a title that is an ISO time, cookies starred from the left and
``android-`` device ids (Instagram). Weak grounds: the client of a record, a cookie starred from the right. Grounds
that contradict each other, and no ground at all, leave it undecided; weak grounds name the platform but no clock.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forensics.ingest import meta_values
from forensics.ingest.meta_actions import fold
from forensics.ingest.meta_html_times import ISO_TITLE

if TYPE_CHECKING:
    from forensics.ingest.evidence import Evidence
    from forensics.ingest.meta_html import Block

FACEBOOK, INSTAGRAM, UNDECIDED = "facebook", "instagram", "meta"

_INSTAGRAM_FOLDERS = {"login_and_profile_creation", "login_and_account_creation", "your_instagram_activity"}
_FACEBOOK_FOLDERS = {"your_facebook_activity"}
_STEMS = {
    **dict.fromkeys(
        """account_activity logins_and_logouts ip_address_activity used_ip_addresses where_you_re_logged_in
        recognized_devices authorized_logins login_protection_data record_details administrative_records
        email_address_verifications mobile_devices information_about_your_last_login
        your_recent_account_recovery_successes account_recoveries_without_password_changes
        your_group_membership_activity""".split(),  # noqa: SIM905 - a list of file names reads better
        FACEBOOK,
    ),
    **dict.fromkeys(
        """login_activity logout_activity password_change_activity account_privacy_changes signup_details
        instagram_signup_details last_known_location camera_information profile_changes""".split(),  # noqa: SIM905
        INSTAGRAM,
    ),
}
"""File names that only one of the two uses, in every language."""
_LOGO = re.compile(rb"(?i)src=[\"'][^\"'<>]{0,200}instagram[-_]?logo")
_FACEBOOK_TIME = re.compile(rb"(?i)<div\s[^<>]{0,90}class=[\"'][^\"'<>]{0,90}_a72d[ \"']|<section\s[^<>]{0,90}_a6-g")
_LEFT_STARS = re.compile(r"\*{4,}[\w.-]{2,}")
_ANDROID = re.compile(r"android-[0-9a-f]{8,32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whose page it is, on what ground; ``clock`` is whether the ground is enough to read times on its clock.

    ``contradicted`` where there are strong grounds for both: then no zone of the export places its times either.
    """

    platform: str
    ground: str
    clock: bool
    contradicted: bool = False


def platform(evidence: Evidence, head: bytes, blocks: tuple[Block, ...]) -> Verdict:
    """Decide whose page it is from its path, its structure and its values."""
    strong = _from_path(evidence) | _from_structure(head, blocks)
    names = {name for name, _ in strong}
    if len(names) == 1:
        return Verdict(platform=names.pop(), ground=_grounds(strong), clock=True)
    if names:
        return Verdict(
            platform=UNDECIDED, ground=f"grounds for both: {_grounds(strong)}", clock=False, contradicted=True
        )
    weak = _from_values(blocks)
    names = {name for name, _ in weak}
    if len(names) == 1:
        return Verdict(platform=names.pop(), ground=_grounds(weak), clock=False)
    return Verdict(platform=UNDECIDED, ground=_grounds(weak) or "no ground for either", clock=False)


def _grounds(found: set[tuple[str, str]]) -> str:
    return "; ".join(sorted({ground for _, ground in found}))


def _from_path(evidence: Evidence) -> set[tuple[str, str]]:
    by_name = _STEMS.get(stem(evidence), "")
    found = {(by_name, "file name")} if by_name else set[tuple[str, str]]()
    for part in evidence.within:
        lowered = part.lower()
        if lowered in _INSTAGRAM_FOLDERS or lowered.startswith("instagram"):
            found.add((INSTAGRAM, "folder or archive name"))
        elif lowered in _FACEBOOK_FOLDERS or lowered.startswith("facebook"):
            found.add((FACEBOOK, "folder or archive name"))
    return found


def _from_structure(head: bytes, blocks: tuple[Block, ...]) -> set[tuple[str, str]]:
    found = {(FACEBOOK, "section blocks or times of Facebook's layout")} if _FACEBOOK_TIME.search(head) else set()
    if _LOGO.search(head):
        found.add((INSTAGRAM, "logo of the page"))
    if any(ISO_TITLE.fullmatch(block.title) for block in blocks):
        found.add((INSTAGRAM, "titles that are ISO times"))
    values = [pair.value for block in blocks for pair in block.pairs]
    if any(_LEFT_STARS.fullmatch(value) or _ANDROID.fullmatch(value) for value in values):
        found.add((INSTAGRAM, "cookies or device ids of Instagram"))
    return found


def _from_values(blocks: tuple[Block, ...]) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for value in (pair.value for block in blocks for pair in block.pairs):
        if value.startswith(("Instagram ", "Barcelona ")):
            found.add((INSTAGRAM, "client of a record"))
        elif "[FBAN/" in value or value.startswith("FBAN/"):
            found.add((FACEBOOK, "client of a record"))
        elif meta_values.is_masked_cookie(value) and value.endswith("*"):
            found.add((FACEBOOK, "cookie of a record"))
    return found


def is_heading(block: Block) -> bool:
    """Whether a block is a mere heading: a title that is no value of its own, and nothing else."""
    return bool(block.title) and not (block.pairs or block.stamps or _names_access(block))


def is_about_access(blocks: tuple[Block, ...]) -> bool:
    """Whether most blocks name an address, a client or a cookie as a labelled value or as a title.

    Most and not some: people write addresses into messages, which have the same layout.
    """
    said = [block for block in blocks if not block.is_empty]
    return 0 < len(said) < 2 * sum(map(_names_access, said))


def _names_access(block: Block) -> bool:
    return any(
        meta_values.is_address(text) or meta_values.is_client(text) or meta_values.is_masked_cookie(text)
        for text in (*(pair.value for pair in block.pairs if pair.label), *block.title.split(" ")[-1:])
    )


def stem(evidence: Evidence) -> str:
    """Return the member's file name as exports write it: without suffix, copy number and apostrophes."""
    bare = re.sub(r"(?i)(?: ?\(\d{1,3}\)|_\d{1,3})?\.html?$", "", evidence.basename)
    return re.sub(r"\W", "_", bare).lower()


def named(names: tuple[str, ...], titles: dict[str, str]) -> str:
    """Return what ``titles`` (folded page name → page) says for the names that the page gives itself; "" if nothing."""
    return next((titles[fold(name)] for name in names if fold(name) in titles), "")
