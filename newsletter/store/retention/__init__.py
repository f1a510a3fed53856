"""What goes when its days are over: each step takes a bounded number of rows, found by an index."""
