"""All SQL. One file per group of nouns; every function takes a Session first."""
