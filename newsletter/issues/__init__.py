"""Use cases of an issue: parse, edit, check, publish."""
