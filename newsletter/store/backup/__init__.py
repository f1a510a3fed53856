"""The whole ledger, out of one snapshot and into an empty database of either kind."""
