"""News that comes in."""
