"""What sources offer a publication: keep, dismiss, put into the draft, join and take apart, each with a way back."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import partial
from typing import Annotated, Any, TypeAlias
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from newsletter.errors import ConflictError, InputError, NotFoundError
from newsletter.model import Candidate
from newsletter.model.rights import Right
from newsletter.model.states import CandidateState, IssueState
from newsletter.paging import read_candidate_mark, write_candidate_mark
from newsletter.sources import listing, offering, reporting
from newsletter.sources.offering import SHOWN
from newsletter.web.desk.done import DONE
from newsletter.web.desk.pages import PRIVATE, Desk, Sees, Writes, back_to
from newsletter.web.desk.shown_candidate import shown_candidate
from newsletter.web.desk.undoing import Undo, read_undo
from newsletter.web.parts import Number

router = APIRouter(prefix="/desk/{publication}/candidates")
PAGE = 50
CHOICES = {
    "shortlist": ("shortlisted", CandidateState.SHORTLISTED),
    "dismiss": ("dismissed", CandidateState.DISMISSED),
    "reopen": ("reopened", CandidateState.NEW),
}
MADE = dict(CHOICES.values())
"""What candidates were made by what can be undone."""
SEVERAL = (("shortlist", "Shortlist"), ("dismiss", "Dismiss"), ("place", "Into the draft"), ("join", "They are one"))
SWAPPED = {
    "hx-post": "",
    "hx-target": "#offered",
    "hx-select": "#offered",
    "hx-swap": "outerHTML settle:0ms",
}
"""With the script the list alone is drawn anew, ready for the next key at once; without it the whole page."""
_ONE = re.compile(r"(shortlist|dismiss|reopen|place|join|apart) (\d{1,16})(?: (\d{1,16}))?", re.ASCII)


class Shown(BaseModel):
    """Which candidates the page shows: a list, a section, a source, and behind which mark."""

    model_config = ConfigDict(frozen=True)

    show: str = "open"
    section: str = ""
    source: Number = 0
    after: str = ""

    def at(self, here: str, **changed: object) -> str:
        """Return the address of the page with something changed, from its beginning."""
        wanted = {"show": self.show, "section": self.section, "source": self.source, "after": ""} | changed
        usual = {"show": "open", "section": "", "source": 0, "after": ""}
        query = urlencode({name: value for name, value in wanted.items() if value != usual.get(name)})
        return f"{here}?{query}" if query else here


class Acted(Shown):
    """What the form of the list brings: ticked ids with an `act`, or `one` of a row, or the way `back`."""

    act: str = ""
    one: str = ""
    back: str = ""
    id: list[Number] = Field(default_factory=list, max_length=PAGE)


Came: TypeAlias = tuple[str, Undo | None]
"""A word of `pages.DONE`, or the way back from what was done."""


@router.get("")
def show(desk: Sees, wanted: Annotated[Shown, Query()], undo: str = "") -> Response:
    """List candidates, best first."""
    return _page(desk, wanted, undo=read_undo(undo))


@router.post("")
def act(desk: Writes, acted: Annotated[Acted, Form()]) -> Response:
    """Do something with one candidate or with those that are ticked, and offer the way back."""
    try:
        done, undo = _undone(desk, acted) if acted.act == "back" else _acted(desk, acted)
    except (InputError, ConflictError, NotFoundError) as error:
        return _page(desk, acted, mistake=error)
    words = {"undo": undo.written} if undo else {"done": done}
    return RedirectResponse(acted.at(_here(desk), after=acted.after, **words), 303, PRIVATE)


@router.post("/assemble")
def assemble(desk: Writes) -> Response:
    """Put the best of them into today's draft, or begin it, and open it."""
    assert desk.publication is not None
    came = desk.parts.assembling.assemble(desk.publication.id, by=desk.by)
    if came.issue_id is None:
        return back_to(_here(desk), "unchanged")
    if (state := desk.load(came.issue_id)[0].state) is not IssueState.DRAFT:
        what = f"the issue {came.slug!r} is {state}: nothing was put into it"
        return _page(desk, Shown(), mistake=ConflictError(what, remedy="take it back to change it"))
    return back_to(desk.at(came.issue_id), "assembled" if came.added or came.kept else "unchanged")


def _acted(desk: Desk, acted: Acted) -> Came:
    match = _ONE.fullmatch(acted.one)
    name = match[1] if match else acted.act
    ids = [int(number) for number in match.groups()[1:] if number] if match else list(dict.fromkeys(acted.id))
    if not ids or len(ids) > PAGE:
        raise InputError("nothing is ticked", where="id", remedy="tick what you mean, and press again")
    if name == "apart" and match:
        desk.parts.choosing.take_apart(ids, by=desk.by)
        return "apart", None
    if name not in {*CHOICES, "place", "join"} or (acted.one and not match):
        raise InputError("there is no such button", where="act", remedy="load the page again")
    mine = _mine(desk, ids)
    if name in CHOICES:
        kind, state = CHOICES[name]
        return "", Undo(kind, dict(desk.parts.choosing.choose(ids, state, by=desk.by)))
    if name == "join":
        return "", Undo("joined", dict.fromkeys(desk.parts.choosing.join(ids, by=desk.by).sighting_ids))
    return _placed(desk, [row.id for row in mine if row.issue_id is None and row.state in SHOWN["open"]])


def _placed(desk: Desk, ids: list[int]) -> Came:
    """Put into the draft what may stand there; the way back is from what this press put there."""
    assert desk.publication is not None
    if not ids:
        raise ConflictError(
            "what stands in a draft already, was used or was dismissed is not put into it",
            remedy="look at the candidates as they are now",
        )
    came = desk.parts.assembling.assemble(desk.publication.id, only=ids, by=desk.by)
    if not came.added and (told := came.told[1:]):
        raise ConflictError("; ".join(told))
    placed = [row.id for row in _mine(desk, ids) if row.issue_id is not None]
    return ("", Undo("placed", dict.fromkeys(placed))) if came.added else ("placed", None)


def _undone(desk: Desk, acted: Acted) -> Came:
    assert desk.publication is not None
    undo = read_undo(acted.back)
    if undo is None:
        raise InputError("there is nothing to undo", where="back", remedy="load the page again")
    if undo.kind == "joined":
        desk.parts.choosing.take_apart(list(undo.before), by=desk.by)
    elif undo.kind == "placed":
        ids = [row.id for row in _mine(desk, undo.before)]
        desk.parts.taking_out.take_out(desk.publication.id, ids, by=desk.by)
    else:
        _mine(desk, undo.before)
        before = {number: state for number, state in undo.before.items() if state is not None}
        desk.parts.choosing.put_back(before, MADE[undo.kind], by=desk.by)
    return "undone-candidates", None


def _mine(desk: Desk, ids: Collection[int]) -> list[Candidate]:
    """Return the candidates as they are now, all of this publication. Raises InputError."""
    assert desk.publication is not None
    found = offering.of_ids(desk.parts.database, desk.publication.id, ids)
    if len(found) != len(ids):
        raise InputError("one of them is not here any more", where="id", remedy="load the page again")
    return found


def _still_placed(desk: Desk, undo: Undo | None) -> bool:
    """Tell whether some of what was dismissed stands in a draft: dismissing takes nothing out of what somebody may have edited."""
    assert desk.publication is not None
    if undo is None or undo.kind != "dismissed":
        return False
    found = offering.of_ids(desk.parts.database, desk.publication.id, undo.before)
    return any(row.issue_id is not None for row in found)


def _here(desk: Desk) -> str:
    assert desk.publication is not None
    return f"/desk/{desk.publication.slug}/candidates"


def _page(desk: Desk, wanted: Shown, *, undo: Undo | None = None, mistake: Any = None) -> Response:
    assert desk.publication is not None
    home, parts, here = desk.publication, desk.parts, _here(desk)
    offer = offering.OfferedList(home.id, wanted.show, wanted.section, wanted.source or None)
    found = offering.page(parts.database, offer, after=read_candidate_mark(wanted.after), size=PAGE)
    now, may_write = parts.clock.now(), desk.may(Right.WRITE)
    values = {
        "publication": home,
        "here": here,
        "at": partial(wanted.at, here),
        "wanted": wanted,
        "sections": found.sections,
        "counted": found.counted,
        "sources": listing.names(parts.database, home.id),
        "run": reporting.last_run(parts.database, home.id),
        "rows": [shown_candidate(row, home.slug, now) for row in found.rows],
        "more": write_candidate_mark(found.more) if found.more else "",
        "started": bool(wanted.after),
        "several": SEVERAL,
        "may_write": may_write,
        "undo": undo if may_write else None,
        "still_placed": _still_placed(desk, undo),
        "mistake": mistake,
        "now": now,
        "swapped": SWAPPED,
        "done": "",  # said in the list, which alone is drawn anew
        "said": DONE.get(desk.request.query_params.get("done", ""), ""),
    }
    return desk.page("candidates.html", values, status=mistake.http_status if mistake else 200)
