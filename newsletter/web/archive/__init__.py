"""The public pages of what was sent."""
