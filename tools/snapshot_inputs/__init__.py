"""The pinned packages that the embedded snapshots are built from, one module per producer of data."""
