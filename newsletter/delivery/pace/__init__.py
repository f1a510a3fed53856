"""How fast mail goes: limits, groups of receivers, the slow start, what was learned, and the circuit breaker of a way out."""
