"""`factledger …`: the command line, and what is behind its commands."""
