"""One module per form in which a bundle may leave; ``forensics.exchange.exporter`` is the contract."""
