"""What the archive reads of issues that are public."""
