"""Newsletter: issues as structured data, deliveries as rows in a ledger."""

__version__ = "0.1.0"
