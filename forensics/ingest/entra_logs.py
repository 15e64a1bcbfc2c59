"""Which of the two Entra logs a file holds, and the event of a record of either.

Archives of diagnostic settings and event hubs mix both; the first record decides which format reads the file, and each
record is told as what it is.
"""

from __future__ import annotations

from forensics.ingest import entra_audits, entra_records, entra_signins, json_documents
from forensics.ingest.evidence import Evidence
from forensics.ingest.fields import FieldError
from forensics.ingest.format import Row
from forensics.model import Event

LISTS = ("value", "Value", "records", "Records")
SIGN_IN, AUDIT, NEITHER = "sign-in", "audit", ""


def first_kind(evidence: Evidence) -> str:
    """Say what the first record of an Entra log in this file is."""
    for found in json_documents.samples(evidence, *LISTS):
        for inner in json_documents.unwrapped(found):
            if entra_signins.is_signin(inner):
                return SIGN_IN
            if entra_audits.is_audit(inner):
                return AUDIT
    return NEITHER


def event_of(row: Row) -> Event:
    """Say what a record of either log means."""
    for inner in json_documents.unwrapped(row.fields):
        shipper = {} if inner is row.fields else json_documents.around(row.fields)
        if entra_signins.is_signin(inner):
            return entra_signins.event_of(row, entra_records.record_of(inner), shipper)
        if entra_audits.is_audit(inner):
            return entra_audits.event_of(row, entra_records.record_of(inner), shipper)
    raise FieldError("neither a sign-in nor an entry of the directory's audit log")
