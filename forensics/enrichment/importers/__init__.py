"""One module per form of a user's own data; see ``forensics.enrichment.importer`` for the contract."""
