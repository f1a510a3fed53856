"""The operator's door; the only folder that knows Typer."""
