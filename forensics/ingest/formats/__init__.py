"""One module per export format; see ``forensics.ingest.format`` for the contract and ``docs/adding-a-format.md``."""
