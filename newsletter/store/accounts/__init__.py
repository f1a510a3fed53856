"""Rows of editors and their sessions."""
