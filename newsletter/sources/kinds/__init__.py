"""The readers of sources, one a kind: octets in, candidates out, nothing else touched."""
