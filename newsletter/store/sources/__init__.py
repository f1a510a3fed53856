"""Rows of sources, of what they offered, and of how they were gathered."""
