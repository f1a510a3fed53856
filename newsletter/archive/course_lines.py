"""The line of a course: points of an SVG, and words that say the same to those who do not see it."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from newsletter.archive.board_history import Course, CourseMark
from newsletter.model.figures import without_marks
from newsletter.rendering.language import Language
from newsletter.sentences import sentence

WIDTH, HEIGHT, EDGE = 120, 28, 3
"""Of a line, and of the free space around it, in units of its view box."""


def line_of(course: Course, language: Language) -> Markup:
    """Return a course as an inline SVG without any style: a line, broken where an issue does not have the row, and a dot at its end."""
    points = _points(course.marks)
    runs = "".join(_run(run) for run in _runs(points))
    x, y = next(point for point in reversed(points) if point is not None)
    return Markup(
        '<svg class="course" viewBox="0 0 %s %s" width="%s" height="%s" role="img" aria-label="%s">%s<circle cx="%s" cy="%s" r="2.2"/></svg>'
    ) % (WIDTH, HEIGHT, WIDTH, HEIGHT, words_of(course, language), Markup(runs), x, y)  # noqa: S704 - numbers of our own


def words_of(course: Course, language: Language) -> str:
    """Return a course in words."""
    known = course.known
    if len(known) == 1:
        return language.say(sentence("in one issue: %(figure)s", figure=plain(known[0])))
    said = sentence(
        "from %(first)s to %(last)s, between %(lowest)s and %(highest)s",
        first=plain(known[0]),
        last=plain(known[-1]),
        lowest=plain(course.lowest),
        highest=plain(course.highest),
    )
    return language.say(said)


def plain(mark: CourseMark | None) -> str:
    """Return a figure as its cell writes it, without marks of Markdown; a dash where there is none."""
    return without_marks(mark.cell) if mark is not None else "–"  # noqa: RUF001


def _points(marks: Sequence[CourseMark | None]) -> list[tuple[float, float] | None]:
    values = [mark.value for mark in marks if mark is not None]
    low, span = min(values), max(values) - min(values)
    step = (WIDTH - 2 * EDGE) / max(1, len(marks) - 1)
    tall = HEIGHT - 2 * EDGE
    return [
        None
        if mark is None
        else (
            round(EDGE + number * step if len(marks) > 1 else WIDTH / 2, 1),
            round(HEIGHT - EDGE - (tall * ((mark.value - low) / span) if span else tall / 2), 1),
        )
        for number, mark in enumerate(marks)
    ]


def _runs(points: Sequence[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    """Return the points in runs without a gap."""
    runs: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(point)
    return [run for run in runs if run]


def _run(run: Sequence[tuple[float, float]]) -> str:
    if len(run) == 1:
        return f'<circle cx="{run[0][0]}" cy="{run[0][1]}" r="1.2"/>'
    return f'<polyline points="{" ".join(f"{x},{y}" for x, y in run)}"/>'
