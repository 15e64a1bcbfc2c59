"""One module per kind of reader of a letter; ``report/letter.py`` is the contract."""
