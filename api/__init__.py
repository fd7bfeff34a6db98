"""How the ledger is reached: HTTP, the pages, the command line, and the server beneath them."""
