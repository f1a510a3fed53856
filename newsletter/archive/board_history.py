"""The course of a board over the issues: what each of its rows was in each of them, as figures and as a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from newsletter.archive.pages import find_publication
from newsletter.errors import NotFoundError
from newsletter.model import IssueSection, Publication
from newsletter.model.figures import read_figure
from newsletter.rendering.language import Language, language_of
from newsletter.rendering.latex import soften_line
from newsletter.rendering.tables import is_blank, is_number, is_rank
from newsletter.sentences import sentence
from newsletter.store.archive.boards import PublishedBoard, boards, section_of
from newsletter.store.database import Database

MOST_ISSUES = 60
"""Issues that a history goes back."""
MOST_ROWS = 100
"""Rows of one issue that are looked at, and courses that are shown."""
MOST_COLUMNS = 12
"""Rows of the board whose figures stand in the table of all figures."""


@dataclass(frozen=True, slots=True)
class CourseMark:
    """What one row of a board was in one issue: its figure, and the cell in which it stands."""

    value: float
    cell: str


@dataclass(frozen=True, slots=True)
class Course:
    """One row of a board over the issues, oldest first; None where an issue does not have it or says no figure. `name` is Markdown."""

    name: str
    marks: tuple[CourseMark | None, ...]

    @property
    def known(self) -> tuple[CourseMark, ...]:
        """Its figures, oldest first; there is at least one."""
        return tuple(mark for mark in self.marks if mark is not None)

    @property
    def lowest(self) -> CourseMark:
        """Its smallest figure."""
        return min(self.known, key=lambda mark: mark.value)

    @property
    def highest(self) -> CourseMark:
        """Its largest figure."""
        return max(self.known, key=lambda mark: mark.value)


@dataclass(frozen=True, slots=True)
class BoardHistory:
    """A board over the issues that have it, oldest first; its courses stand as the newest issue has its rows, then those that are gone."""

    publication: Publication
    section: IssueSection
    key: str
    tables: tuple[PublishedBoard, ...]
    row_title: str
    figure_title: str
    courses: tuple[Course, ...]

    @property
    def title(self) -> str:
        """As the newest issue calls it."""
        return self.tables[-1].title

    @property
    def section_title(self) -> str:
        """Such as "Full tables"."""
        return soften_line(self.section.all_title or self.section.title)


def board_history(database: Database, *, publication: str, section: str, key: str) -> BoardHistory:
    """Return the history of a board. Raises NotFoundError where no published issue of late has a table of that key."""
    with database.read() as session:
        owner = find_publication(session, publication)
        found = boards(session, owner.id, section, key, issues=MOST_ISSUES)
        if not found:
            raise NotFoundError(sentence("there is no such table in this archive"))
        known = section_of(session, found[0], section)
    titles, (place, name) = _titles(found[0].content), _places(found[0].content)
    row_title, figure_title = titles[name], titles[place] if place is not None else ""
    tables = tuple(reversed(found))
    courses = _courses(tables, (row_title, figure_title), language_of(owner.language)) if place is not None else ()
    return BoardHistory(owner, known, key, tables, row_title, figure_title, courses)


def _titles(content: Mapping[str, Any]) -> list[str]:
    return [str(column.get("title", "")) for column in content.get("columns", ())]


def _rows(content: Mapping[str, Any]) -> list[list[str]]:
    width = len(content.get("columns", ()))
    return [[str(cell) for cell in row] for row in content.get("rows", ())[:MOST_ROWS] if len(row) == width]


def _places(content: Mapping[str, Any]) -> tuple[int | None, int]:
    """Return which column of a table is its figure, None where none is, and which names its rows.

    The figure is the column of the bars or of the change, else the first of numbers that is no rank.
    """
    titles, rows = _titles(content), _rows(content)
    cells = [[row[place] for row in rows if not is_blank(row[place])] for place in range(len(titles))]
    ranks = {place for place, said in enumerate(cells) if said and is_rank(titles[place], said)}
    figures = [place for place, said in enumerate(cells) if place not in ranks and said and all(map(is_number, said))]
    asked = [titles.index(wish) for name in ("bars", "change") if (wish := content.get(name)) in titles]
    figure = next((place for place in asked if place in figures), next(iter(figures), None))
    names = [place for place in range(len(titles)) if place not in ranks and place not in figures]
    return figure, names[0] if names else 0


def _courses(found: Sequence[PublishedBoard], wanted: tuple[str, str], language: Language) -> tuple[Course, ...]:
    """Return a course for each row that any of the issues has a figure of."""
    point = language.decimal_sign
    marks: dict[str, dict[int, CourseMark]] = {}
    for number in range(len(found) - 1, -1, -1):  # the newest issue settles the order
        for name, cell in _named_cells(found[number].content, *wanted):
            figure = read_figure(cell, point=point)
            course = marks.setdefault(name, {})
            if figure is not None:
                course.setdefault(number, CourseMark(figure.value, cell))
    return tuple(
        Course(name, tuple(course.get(number) for number in range(len(found))))
        for name, course in list(marks.items())[:MOST_ROWS]
        if course
    )


def _named_cells(content: Mapping[str, Any], row_title: str, figure_title: str) -> list[tuple[str, str]]:
    titles = _titles(content)
    if figure_title not in titles:
        return []  # that issue's table told something else
    place = titles.index(figure_title)
    name = titles.index(row_title) if row_title in titles else _places(content)[1]
    return [(row[name].strip(), row[place]) for row in _rows(content)]
