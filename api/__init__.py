"""Every door: HTTP, the command line, settings, and the embedded database behind them."""
