"""Use cases of whoever runs the service: all of it in one file, and out of that into an empty place."""
