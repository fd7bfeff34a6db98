"""One file a view: its table, how an event moves it, and how its rows are read."""
