"""Use cases of a reader: opt in, leave, import, export, be forgotten."""
