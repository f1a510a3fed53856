"""The operator's door: the only folder that knows Typer. A command reads input, calls one room, prints what came of it."""
