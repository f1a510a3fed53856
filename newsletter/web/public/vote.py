"""`/v/{token}/{answer}`: where the reader of a mail answers its question. The mail's link shows a page; only its button votes (law 7)."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from newsletter.errors import NotFoundError
from newsletter.feedback.bot_detection import signs_of
from newsletter.feedback.voting import Ballot
from newsletter.model.feedback import Answer
from newsletter.rendering.furniture.polls import answers
from newsletter.rendering.language import language_of
from newsletter.sentences import sentence
from newsletter.web.parts import PartsOf
from newsletter.web.public.token_pages import PRIVATE, look_of
from newsletter.web.templating import readers_page

router = APIRouter()


@router.get("/v/{token}/{answer}")
def vote_page(token: str, answer: str, request: Request, parts: PartsOf) -> Response:
    """Show the question and both answers, the one of the link first; nothing changes."""
    return _page(request, parts, token, parts.voting.look_up(token), _read(answer), voted=False)


@router.post("/v/{token}/{answer}")
def vote(token: str, answer: str, request: Request, parts: PartsOf) -> Response:
    """Keep the answer, over the one before."""
    chosen = _read(answer)
    signs = signs_of(request.method, dict(request.scope["headers"]), is_open=False)
    return _page(request, parts, token, parts.voting.vote(token, chosen, signs), chosen, voted=True)


def _read(answer: str) -> Answer:
    try:
        return Answer(answer)
    except ValueError:
        raise NotFoundError(sentence("this link is not valid")) from None


def _page(request: Request, parts: PartsOf, token: str, ballot: Ballot, chosen: Answer, *, voted: bool) -> Response:
    says = dict(answers(language_of(ballot.language)))
    return readers_page(
        request,
        "public/vote.html",
        look_of(parts, ballot.publication, request),
        headers=PRIVATE,
        token=token,
        ballot=ballot,
        says=says,
        chosen=chosen.value,
        other=next(each for each in says if each != chosen),
        voted=voted,
    )
