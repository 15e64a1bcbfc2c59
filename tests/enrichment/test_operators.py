"""The table of mobile operators: every row is borne out by every dated table, and bound to the holder's name."""

from __future__ import annotations

import pytest

from forensics.enrichment.operators import OPERATORS, Operator, operator_of
from forensics.enrichment.snapshots import load

TABLES = [table for table in load() if table.manifest.kind == "ip_asn"]


@pytest.mark.parametrize("row", OPERATORS.values(), ids=lambda row: f"AS{row.asn}")
def test_every_dated_table_names_the_holder_of_the_row(row: Operator) -> None:
    names = [table.as_name(row.asn) for table in TABLES]
    assert [operator_of(row.asn, name) for name in names] == [row] * 3, names
    assert row.classes == ("mobile",)
    assert row.ground


def test_a_number_that_was_assigned_anew_is_no_operator() -> None:
    assert operator_of(31721, "AZERCELL-AS") is OPERATORS[31721]
    assert operator_of(31721, "Sample Web Design Studio (fictional)") is None
    assert operator_of(31721, None) is None
    assert operator_of(None, "AZERCELL-AS") is None
    assert operator_of(64500, "AZERCELL-AS") is None


def test_operators_that_sell_lines_to_houses_too_are_not_listed() -> None:
    assert not {8359, 31133, 25106, 44244, 43733, 16010, 21299} & set(OPERATORS)
