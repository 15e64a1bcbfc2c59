"""A request that is not answered: raised wherever it is noticed, told by ``refusing``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

TAXII_TYPE = "application/taxii+json;version=2.1"


class Refusal(Exception):  # noqa: N818 - nothing went wrong
    """A request that is not answered; ``status`` is the HTTP status."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        """Keep what the answer says."""
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, dict(headers or {})
