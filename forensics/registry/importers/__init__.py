"""One module per shape of collection, each with a frozen ``IMPORTER``; see ``docs/adding-an-importer.md``."""
