"""The browser's door; the only folder that knows FastAPI."""
