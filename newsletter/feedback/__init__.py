"""Use cases of what comes back: keep the raw report, read it, apply it once."""
