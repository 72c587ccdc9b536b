"""Places and communes: imported, found by name, nearest first."""
