"""How well requests are recognised, and whether that changed."""
