"""Addresses for programs: clicks, hooks, health and measures."""
