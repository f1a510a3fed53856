"""Past issues move in: posts as other products export them, read, cleaned, and kept as issues that were published elsewhere."""
