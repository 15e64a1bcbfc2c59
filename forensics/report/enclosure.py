"""Files of the case that go with a report: attached to a PDF, beside a page in the case folder."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A file of the case that is attached to the PDF; without ``data`` it is too large and only named.

    ``relation`` is the AFRelationship (ISO 32000-2, 7.11.3): ``data`` what the report shows, ``supplement`` more,
    ``source`` what it was made from.
    """

    name: str
    sha256: str
    size: int
    media_type: str
    relation: str
    text_key: str
    data: bytes | None = field(default=None, repr=False)
