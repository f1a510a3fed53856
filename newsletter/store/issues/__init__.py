"""Rows of issues: drafts, editions and the bin."""
