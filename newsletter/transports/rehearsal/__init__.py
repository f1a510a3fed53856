"""The other end of a rehearsal: receivers that take mail and keep none of it."""
