"""How a board is read: which list its rows are, and what each column is. The words are those of docs/table-mapping.md."""

from __future__ import annotations

from collections.abc import Mapping as Named
from typing import Annotated, Any, Literal, Self

import jmespath
from jmespath.exceptions import JMESPathError
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from newsletter.errors import InputError
from newsletter.model.texts import Label, ShortTitle, Url

MOST_COLUMNS = 24
MOST_PATH = 500
"""Columns of a mapping, and characters of a path."""
USUAL_UNKNOWN = (
    "", "n/a", "#n/a", "n.a.", "n. a.", "na", "nan", "none", "null", "unknown", "?", "tbd", "tba", "-", "--", "---", "–", "—", "−", "…", "...",  # noqa: RUF001
)  # fmt: skip
"""Words of a cell that mean that there is no figure, in lower case."""
_WORDS = {
    "extra_forbidden": "the mapping has no such name",
    "missing": "this is missing",
    "tuple_type": "it is to be a list",
    "model_type": "it is to be a title, or an object",
}
"""What is said of a mistake where the words of pydantic are those of programmers."""
DOCUMENTED = "docs/table-mapping.md says what may stand here"


def _plain_title(value: Any) -> Any:
    return {"title": value} if isinstance(value, str) else value


Path = Annotated[str, Field(max_length=MOST_PATH)]


class BoardColumn(BaseModel):
    """One column of a board: its title, where its cells stand, and what they are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: ShortTitle
    path: Path = ""
    """JSON: a JMESPath from the row. CSV and HTML: the words of its header. Empty: the title."""
    type: Literal["text", "number", "percent", "money"] = "text"
    decimals: int | None = Field(default=None, ge=0, le=6)
    """Digits after the decimal sign; none: 2 of money, else as many as the source writes, 3 at most."""
    direction: Literal["", "highest", "lowest"] = ""
    """Which figure is best."""
    currency: Annotated[str, Field(max_length=4)] = "$"
    fraction: bool = False
    """Whether 0.653 means 65.3 %."""
    zero_is_unknown: bool = False
    """Whether 0 means that nobody measured it."""

    @property
    def place(self) -> str:
        """Where its cells stand: the path, or what the header says."""
        return self.path or self.title

    @property
    def is_figure(self) -> bool:
        """Whether its cells are numbers."""
        return self.type != "text"


class Mapping(BaseModel):
    """What of an answer is a board: its rows, the key and the columns of each, and how they are shown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["", "json", "csv", "html"] = ""
    """Empty: what the answer looks like."""
    rows: Path = ""
    """JSON: a JMESPath to the list. HTML: a CSS selector of the table. Empty: the list or the table that fits best."""
    key: Path = ""
    """Path or header of what stays when a row is renamed; empty: the shown name."""
    link: Path = ""
    """Path or header of the address of a row; empty: in HTML the link of its name."""
    columns: tuple[Annotated[BoardColumn, BeforeValidator(_plain_title)], ...] = Field(
        min_length=1, max_length=MOST_COLUMNS
    )
    """The first one of text names the row."""
    sort: Label = ""
    """Title of the column that rows are ranked by; empty: the first figure with a direction, or else as they come."""
    limit: int = Field(default=0, ge=0, le=500)
    """Rows that are mailed; 0: as many as the section mails."""
    rank: Label = ""
    """Title of a first column that counts the rows, such as #; it is reckoned and not read."""
    ties: Literal["share", "order"] = "share"
    """Whether rows of equal figures share a rank (1, 2, 2, 4), or are counted in the order of the source (1, 2, 3, 4)."""
    unknown: tuple[Annotated[str, AfterValidator(str.casefold)], ...] = USUAL_UNKNOWN
    """Words of a cell that mean that there is no figure."""
    decimal_sign: Literal["", ".", ","] = ""
    """Empty: as the figures of a column show."""
    attribution: Label = ""
    """Who is to be named below the table."""
    attribution_url: Url = ""

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        titles = [column.title for column in self.columns]
        if repeated := next((title for title in titles if titles.count(title) > 1), ""):
            raise ValueError(f"two columns are called {repeated!r}; give each its own title")
        if self.rank in titles:
            raise ValueError(
                f"rank is {self.rank!r}, which is a column that is read; a rank is reckoned: call it otherwise"
            )
        if self.sort and self.sort not in titles:
            raise ValueError(f"sort is {self.sort!r}, and the columns are {', '.join(titles)}")
        if self.sort and not next(column for column in self.columns if column.title == self.sort).is_figure:
            raise ValueError(f"sort is {self.sort!r}, whose type is text; give it a number, percent or money")
        if all(column.is_figure for column in self.columns):
            raise ValueError("no column is of type text, so nothing names a row; add the column that names it")
        return self

    @model_validator(mode="after")
    def _can_be_looked_up(self) -> Self:
        if self.format == "json":
            for name, path in self._paths():
                check_path(path, name)
        if self.format == "html" and self.rows:
            check_selector(self.rows)
        return self

    def _paths(self) -> list[tuple[str, str]]:
        own = [("rows", self.rows), ("key", self.key), ("link", self.link)]
        return [*own, *((f"path of {column.title!r}", column.place) for column in self.columns)]

    @property
    def name(self) -> int:
        """The place of the column that names a row."""
        return next(place for place, column in enumerate(self.columns) if not column.is_figure)

    @property
    def ranked_by(self) -> int | None:
        """The place of the column that rows are ranked by; None: they stay as they come."""
        if self.sort:
            return next(place for place, column in enumerate(self.columns) if column.title == self.sort)
        return next((n for n, column in enumerate(self.columns) if column.is_figure and column.direction), None)


def check_path(path: str, name: str) -> None:
    """See that a JMESPath can be read. Raises ValueError."""
    try:
        jmespath.compile(path or "@")
    except JMESPathError as wrong:
        at = getattr(wrong, "lex_position", None)
        where = f" at sign {at + 1}" if isinstance(at, int) else ""
        remedy = 'write names with other signs than letters, digits and _ between double quotes: "tok/s"'
        raise ValueError(f"{name}: {path!r} is no JMESPath{where}; {remedy}") from None
    except (ValueError, RecursionError):
        raise ValueError(f"{name}: {path!r} is no JMESPath") from None


def check_selector(selector: str) -> None:
    """See that a CSS selector can be read. Raises ValueError."""
    try:
        LexborHTMLParser("<p>").css_first(selector)
    except SelectolaxError:
        raise ValueError(f"rows: {selector!r} is no CSS selector; write one such as table#verified") from None


def as_mapping(given: Mapping | Named[str, Any]) -> Mapping:
    """Return a mapping as a source keeps it. Raises InputError that says what, where, and how to mend it."""
    if isinstance(given, Mapping):
        return given
    try:
        return Mapping.model_validate(dict(given))
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part + 1) if isinstance(part, int) else str(part) for part in first["loc"])
        what = str(first["msg"]).removeprefix("Value error, ")
        what = _WORDS.get(str(first["type"]), what)
        raise InputError(what, where=f"mapping {where}".rstrip(), remedy=DOCUMENTED) from None
