"""Openings, slots and appointments."""
