"""Rows of publications."""
