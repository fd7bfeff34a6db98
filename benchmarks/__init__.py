"""How fast it is, beside what it could be compared with."""
