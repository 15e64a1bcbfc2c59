"""What is known about whole autonomous systems and no data set states: which ones are mobile networks.

Behind a mobile operator's address stand many subscribers at once; only the operator can tell them apart, and only with
the source port and the exact time. The table is kept by hand, so every row has its date and its ground. It holds only
operators whose AS carries mobile subscribers and little else; operators that sell lines to houses out of the same AS
are left out on purpose, however many phones they serve, and absence from this table says nothing.

A number can be assigned anew. ``operator_of`` therefore believes a row only where the name that the dated table of the
day gives the AS is one of those under which the row was seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

_COMMON = "the dated AS tables name this holder; that it is a mobile operator is common knowledge, from no data set"
_OWN_NAME = "the dated AS tables name this holder, and the name itself says that the network is a mobile one"
_LISTED = "the dated AS tables name this holder, and public lists of networks by kind have the AS as mobile"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """A fact about one AS: the holder, what it runs, on what ground, and the day this was last looked at.

    ``names``: parts of AS names, in lower case, one of which the AS bore in every table that was looked at.
    """

    asn: int
    holder: str
    classes: tuple[str, ...]
    ground: str
    as_of: date
    names: tuple[str, ...]


def _mobile(asn: int, holder: str, ground: str, *names: str) -> Operator:
    seen = date(2026, 11, 1) if ground is _COMMON else date(2026, 11, 23)
    return Operator(asn=asn, holder=holder, classes=("mobile",), ground=ground, as_of=seen, names=names)


OPERATORS: dict[int, Operator] = {
    row.asn: row
    for row in (
        _mobile(6167, "Verizon Wireless (Cellco)", _LISTED, "cellco", "verizon"),
        _mobile(12958, "T2 Mobile", _OWN_NAME, "t2 mobile", "t2 russia"),
        _mobile(15378, "T2 Mobile", _OWN_NAME, "t2 mobile", "t2 russia"),
        _mobile(16135, "Turkcell", _LISTED, "turkcell"),
        _mobile(20057, "AT&T Mobility", _OWN_NAME, "att-mobility", "at&t"),
        _mobile(20978, "TT Mobil", _OWN_NAME, "tt mobil", "tt_mobil"),
        _mobile(21928, "T-Mobile USA", _OWN_NAME, "t-mobile"),
        _mobile(22394, "Verizon Wireless (Cellco)", _LISTED, "cellco", "verizon"),
        _mobile(29355, "Kcell", _LISTED, "kcell"),
        _mobile(31721, "Azercell", _COMMON, "azercell"),
        _mobile(34058, "lifecell", _LISTED, "lifecell"),
        _mobile(41330, "T2 Mobile", _OWN_NAME, "t2 mobile", "t2 russia"),
        _mobile(42437, "T2 Mobile", _OWN_NAME, "t2 mobile", "t2 russia"),
        _mobile(42779, "Azerfon (Nar)", _COMMON, "azerfon"),
        _mobile(45609, "Bharti Airtel, mobile network", _OWN_NAME, "bharti"),
        _mobile(48190, "T2 Mobile", _OWN_NAME, "t2 mobile", "t2 russia"),
        _mobile(48503, "Mobile Telecom-Service (Tele2 and Altel, Kazakhstan)", _OWN_NAME, "mobile telecom", "tele2"),
        _mobile(197207, "Mobile Communication Company of Iran", _OWN_NAME, "mobile communication company", "mcci"),
        _mobile(197830, "Bakcell", _COMMON, "bakcell"),
        _mobile(206067, "Hutchison 3G UK (Three)", _OWN_NAME, "hutchison 3g", "h3g"),
    )
}


def operator_of(asn: int | None, name: str | None) -> Operator | None:
    """Return the row of an AS if the name that a dated table gives it is one under which the row was seen."""
    row = OPERATORS.get(asn or 0)
    said = (name or "").lower()
    return row if row is not None and any(part in said for part in row.names) else None
