"""The consoles of the people of the counters, and signing in to them."""
