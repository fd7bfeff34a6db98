"""The views worked out a second time, another way."""
