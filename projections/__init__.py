"""What it means now: views that follow the ledger, one file a view, each saying how it moves and how it is read."""
