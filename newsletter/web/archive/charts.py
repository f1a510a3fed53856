"""Pictures of the bars of tables, for whoever reads the page: their address changes with what is on them, so they are kept for ever."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from newsletter.archive.charts import ChartAsked
from newsletter.web.assets import FOR_EVER
from newsletter.web.caching import is_fresh
from newsletter.web.parts import PartsOf

router = APIRouter()


@router.get("/{pub}/{issue}/{section}/{chart}.png")
def show(pub: str, issue: str, section: str, chart: str, *, request: Request, parts: PartsOf) -> Response:
    """Return a chart of a published issue, in pieces, or 304 to who has it; its name is key, digest and form."""
    key, _, rest = chart.partition(".")
    digest, _, form = rest.partition(".")
    served = parts.charts.open(ChartAsked(pub, issue, section, key, digest, form))
    tag = f'W/"{digest}.{form}"'  # weak: another release of the drawing library may write other octets
    headers = {"Cache-Control": FOR_EVER, "Cross-Origin-Resource-Policy": "cross-origin", "ETag": tag}
    if is_fresh(request, tag):
        return Response(status_code=304, headers=headers)
    octets = {"Content-Length": str(served.octets)}
    return StreamingResponse(served.pieces, media_type="image/png", headers={**headers, **octets})
