"""What `formats` and `guide` tell: every format is fully documented, every provider has a guide."""

from __future__ import annotations

import pytest

from forensics.ingest import all_formats
from forensics.ingest.documentation import sections
from forensics.ingest.guide import guides


def test_sections_end_where_the_next_begins() -> None:
    text = (
        "Title.\n\nWhat it is: a ``list``\nof rows.\n\nSecond part.\n\nTime: UTC.\n\nVersions: one; two seen. Three.\n"
    )
    told = sections(text)
    assert told.what == "a list of rows.\nSecond part."
    assert told.zone_rule == "UTC."
    assert told.eras == ("one; two seen.", "Three.")
    assert told.retention == told.obtain == ""


@pytest.mark.parametrize("name", sorted(all_formats()))
def test_every_format_tells_what_a_user_must_know(name: str) -> None:
    told = sections(all_formats()[name].documentation)
    assert min(len(told.what), len(told.obtain), len(told.zone_rule), len(told.versions)) > 15
    assert told.eras


@pytest.mark.parametrize("provider", sorted({item.provider for item in all_formats().values()}))
def test_every_provider_has_a_guide(provider: str) -> None:
    found = guides()[provider]
    assert found.steps
    assert found.soon
