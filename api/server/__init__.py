"""A ledger that runs, beneath whatever speaks HTTP: settings, the database that comes along, who has room for what."""
