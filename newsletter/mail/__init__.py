"""The standards of mail, one per file, named after it: bytes in, values out, no I/O."""
