"""Rows of sending: plans, batches, deliveries, outcomes, and what shares the pace."""
