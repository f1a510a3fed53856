"""`newsletter bench`: figures measured on this machine, each beside a reference from the same run."""
