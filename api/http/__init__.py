"""The HTTP API: endpoints, what they declare, and what every request passes on its way to them."""
