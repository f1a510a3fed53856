"""Use cases of a publication's own: create it, change it, say what DNS should hold for it."""
