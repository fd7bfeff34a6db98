"""How what happened is kept: the one function that appends, reading back, the writer, keys, sessions, the schema."""
