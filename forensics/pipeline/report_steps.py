"""What the check of a signed report says, step by step, and what it does not: words only.

 1. The file is a PDF with one signature.
 2. The signature covers the whole file: nothing was appended but material for the archive.
 3. What is signed is unchanged, and was signed with the key of the certificate inside.
 4. The container of the signature, which nothing covers, holds nothing else.
 5. Whom the certificate names.
 6. The certificate leads to a root that the caller trusts (``--trust``).
 7. The time stamp is over this signature, and leads to such a root.
 8. The time stamp over the archive copy covers the whole file.
 9. The report carries its checkpoint.
10. The case agrees (``--case``): its log names this very file, the checkpoint and the attached tables.
11. The lists of revoked certificates in the file, if it has any: none of its certificates is on them, each at its time.

A step that was not taken says why, and is neither passed nor failed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from forensics.chain_of_custody.attestations import instant
from forensics.pipeline.enclosing import CHECKPOINT

if TYPE_CHECKING:
    from forensics.chain_of_custody.checkpoint import Checkpoint
    from forensics.report.pdf.checking import Checked, Signature, Stamp

TITLES = {
    1: "the file is a PDF with one signature",
    2: "the signature covers the whole file",
    3: "what is signed is unchanged since, and the certificate's key signed it",
    4: "the container of the signature holds nothing else",
    5: "whom the certificate names",
    6: "the certificate leads to a root that you trust",
    7: "the time stamp is over this signature and leads to a root that you trust",
    8: "the time stamp of the archive copy covers the whole file",
    9: "the report carries its checkpoint",
    10: "the case agrees with the report",
    11: "a list in the file, current at that time, does not name the certificate as revoked",
}
NO_ROOTS = "not checked: name the root certificates that you trust (--trust FILE)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One check: ``ok`` is ``None`` where it was not taken."""

    n: int
    ok: bool | None
    detail: str

    @property
    def title(self) -> str:
        """What holds if the step is passed."""
        return TITLES[self.n]


def steps_of(seen: Checked, head: Checkpoint | None) -> list[Step]:
    """Return steps 1 to 9 as far as the file lets them be taken."""
    found = seen.signature
    if found is None:
        told = (
            seen.defect
            or "there is no signature in this file. An unsigned report is checked with its case: verify CASE"
        )
        return [Step(n=1, ok=False, detail=told)]
    one = seen.signatures == 1
    count = "one" if one else f"{seen.signatures} signatures; only the first is the report's"
    made = "made by this program" if found.ours else "made by another program"
    steps = [
        Step(n=1, ok=one, detail=f"{count}, {made}"),
        _coverage(found),
        _integrity(found),
        _container(found),
        Step(n=5, ok=True, detail=_identity(found)),
        _chain(found, seen),
        _stamped(found.stamp),
    ]
    steps += [_archive(item) for item in seen.archives]
    return [*steps, _carried(seen, head)]


def _coverage(found: Signature) -> Step:
    if found.whole:
        return Step(
            n=2, ok=True, detail="from the first byte to the last, but for the container of the signature itself"
        )
    if found.archive:
        return Step(
            n=2, ok=True, detail="as signed, and then only certificates, lists and a time stamp for the archive"
        )
    return Step(
        n=2, ok=False, detail="the file was changed after it was signed: something was appended or lies outside"
    )


def _integrity(found: Signature) -> Step:
    if not found.intact:
        return Step(n=3, ok=False, detail="the signed bytes are not those that were signed")
    if not found.holds:
        return Step(n=3, ok=False, detail="the signature was not made with the key of the certificate")
    claimed = f"; the signer's computer said {instant(found.claimed)}" if found.claimed else ""
    return Step(n=3, ok=True, detail=f"no byte differs{claimed}")


def _container(found: Signature) -> Step:
    if not found.ours:
        return Step(n=4, ok=None, detail="not checked: how other programs fill it is not known here")
    if found.odd:
        return Step(n=4, ok=False, detail="; ".join(found.odd))
    return Step(n=4, ok=True, detail="it is the one that the signed parts make")


def _identity(found: Signature) -> str:
    who = found.signer
    by = "by itself: nobody else vouches for the name" if who.self_issued else f"by {who.issuer}"
    until = f"valid {instant(who.first)} to {instant(who.last)}"
    return f"{who.subject}, issued {by}; {until}; SHA-256 {who.fingerprint}"


def _chain(found: Signature, seen: Checked) -> Step:
    if found.trusted is None:
        return Step(n=6, ok=None, detail=NO_ROOTS)
    proven = found.stamp is not None and found.stamp.holds and found.stamp.trusted
    when = "the time stamp" if proven else "now"
    if not found.trusted:
        return Step(n=6, ok=False, detail=f"as of {when}: {found.why}")
    revoked = "what lists in the file say of it: step 11" if seen.standings else "whether it was revoked is not checked"
    return Step(n=6, ok=True, detail=f"as of {when}; {revoked}")


def _stamped(stamp: Stamp | None) -> Step:
    if stamp is None:
        told = "there is none: only the clock of the signer's computer says when, and that proves nothing"
        return Step(n=7, ok=None, detail=told)
    if not stamp.holds:
        return Step(n=7, ok=False, detail="it is not over this signature, or its own signature does not hold")
    said = _said(stamp)
    if stamp.trusted is None:
        return Step(
            n=7, ok=None, detail=f"it is over this signature, and {said}; whose word that is was {_unknown(stamp)}"
        )
    if not stamp.trusted:
        return Step(n=7, ok=False, detail=f"{said}, but: {stamp.why}")
    return Step(n=7, ok=True, detail=f"{said}: signature and report existed then; since when, it does not say")


def _said(stamp: Stamp) -> str:
    off = f" (± {stamp.accuracy.total_seconds():g} s by its own words)" if stamp.accuracy else ""
    return f"{stamp.by.subject} says {instant(stamp.time)}{off}"


def _unknown(stamp: Stamp) -> str:
    """Say why nothing is known of an authority: no root was named, or none of it."""
    return f"not checked: name its root, too (--trust FILE): {stamp.why}" if stamp.why else NO_ROOTS


def _archive(stamp: Stamp) -> Step:
    told = _said(stamp)
    if not stamp.holds:
        return Step(n=8, ok=False, detail="it does not hold, or something was appended behind it")
    if stamp.trusted is None:
        return Step(n=8, ok=None, detail=f"{told}; whose word that is was {_unknown(stamp)}")
    return Step(n=8, ok=stamp.trusted, detail=told if stamp.trusted else f"{told}, but: {stamp.why}")


def _carried(seen: Checked, head: Checkpoint | None) -> Step:
    if CHECKPOINT not in seen.attached:
        return Step(n=9, ok=None, detail=f"{CHECKPOINT} is not attached: this is no report of a sealed case")
    if head is None:
        return Step(n=9, ok=False, detail=f"{CHECKPOINT} is attached and is no checkpoint")
    told = f"{head.origin}, {head.size} records, root {head.root.hex()}"
    return Step(n=9, ok=True, detail=f"{told}; compare it with the one printed on the page about custody")


def viewers(seen: Checked, found: Signature) -> list[str]:
    """Say what programs that show PDF files make of it: they trust the issuers on lists of their own, not yours."""
    if not (found.sound and (found.whole or found.archive)):
        return ["a warning that the document was changed, or that its signature is not valid"]
    who = found.signer
    told = [
        f"the name {who.subject}, and that the document was not changed"
        + (" (certified: no changes are allowed)" if found.certified else "")
    ]
    if who.self_issued:
        told.append(
            '"unknown identity" or "validity unknown": the certificate is self-issued, and on no viewer\'s list'
        )
    else:
        told.append(
            f'"unknown identity" or "validity unknown", unless {who.issuer} leads to a root on the viewer\'s own list '
            "(such as the European Union's trusted lists, or Adobe's); that says nothing about the bytes"
        )
    if found.stamp is None:
        told.append("a signing time from the clock of the signer's computer")
    else:
        told.append(
            "the time of the stamp as trusted only if its authority is on the viewer's list; else the computer's"
        )
    if seen.archives:
        told.append('in pdfsig "Not total document signed": material for the archive follows the signature')
    return told


def not_proven(seen: Checked) -> list[str]:
    """Say what no signature shows, and what this one does not; of revocation ``report_revocation`` speaks."""
    found = seen.signature
    told = [
        "that what the report says is true: a signature shows who answers for it, and that nobody changed it since",
        "who used the key: a certificate names whom its issuer knew, not whose hand it was",
    ]
    if found is None:
        return told[:1]
    if found.stamp is None or not found.stamp.trusted:
        told.append("when it was signed: no time stamp was checked against a root that you trust")
    else:
        told.append("when the report was written: the stamp says only that it was not later")
    return told
