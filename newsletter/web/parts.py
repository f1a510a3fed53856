"""How views reach the parts: `PartsOf` as an argument's type."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Request

from newsletter.bootstrap import Parts


def parts(request: Request) -> Parts:
    """Return the parts this application was made with."""
    return cast("Parts", request.app.state.parts)


PartsOf = Annotated[Parts, Depends(parts)]
"""Type of a view's argument that receives the parts."""


def client_address(request: Request) -> str:
    """Return the client's IP address; behind a proxy it is right when uvicorn is told to trust that proxy."""
    return request.client.host if request.client else ""
