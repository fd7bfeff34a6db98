"""What happened: events, commands, the rules that turn one into the other, and the store that keeps them."""
