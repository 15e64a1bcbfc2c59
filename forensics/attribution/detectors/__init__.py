"""One module per detector, each with its ``DETECTOR`` (``attribution.detector`` is the contract); no list names them."""
