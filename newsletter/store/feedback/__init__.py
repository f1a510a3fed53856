"""Rows of what comes back: reports, events, and what is counted of them."""
