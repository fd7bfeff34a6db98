"""What goes out in formats of others: Atom, schema.org, dates and links of HTTP; the words of a change."""
