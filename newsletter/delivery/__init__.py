"""Use cases of sending: plan, send, retry, recover, tell progress."""
