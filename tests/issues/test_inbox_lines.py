"""The line of an inbox: what each program shows of sender, subject and preheader, and where it cuts."""

from __future__ import annotations

import pytest

from newsletter import resources
from newsletter.issues.inbox_lines import PROGRAMS, inbox_lines, preheader_of
from newsletter.model.document import Document
from newsletter.rendering.renderer import EmailRendering, Renderer
from tests.rendering.documents import BRAND, document

RENDERER = Renderer(resources.TEMPLATES)


def mail(**fields: str) -> EmailRendering:
    made: Document = document(**fields)
    return RENDERER.email(made, BRAND, byte_budget=90_000)


def test_every_program_shows_what_is_short_as_it_is() -> None:
    lines = inbox_lines(mail(subject="Tides", preheader="High & low"), "Mara Quay")
    assert [line.program for line in lines] == [program.name for program in PROGRAMS]
    assert {(line.sender, line.subject, line.preheader) for line in lines} == {("Mara Quay", "Tides", "High & low")}


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
def test_what_is_long_is_cut_and_begins_as_it_was_written(number: int) -> None:
    subject, words = "W" * 80, "word " * 60
    line = inbox_lines(mail(subject=subject, preheader=words.strip()), "N" * 60)[number]
    assert subject.startswith(line.subject.removesuffix("…")) and line.subject.endswith("…")
    assert line.sender.endswith("…") and words.startswith(line.preheader.removesuffix("…"))
    assert (line.preheader == "") is PROGRAMS[number].together  # the subject took all the room


def test_without_a_preheader_the_first_words_stand_there() -> None:
    assert preheader_of(mail(preheader="", lead="The moon stands close.")) == "The moon stands close."
