"""The commands, one group a file; what several of them need lies one folder up."""
