"""What a list says of where its people stand: columns, cells and file names that look like a standing, and what the operator says they mean.

Nobody becomes active by a word that nobody explained. Of several words about one person the worst counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain

from newsletter.audience.column_names import NUMBERS, plain_name
from newsletter.audience.field_values import key_of
from newsletter.audience.list_file import EMAIL
from newsletter.audience.moving.cells import read_moment
from newsletter.audience.moving.product import ERROR_COLUMNS, IGNORE, MOMENTS, STATE, Product
from newsletter.audience.moving.products.plain import PLAIN
from newsletter.audience.standing_words import (
    MOST_CHARS,
    clear_word,
    is_doubtful,
    is_leaving,
    kind,
    names_persons,
    word_of_file,
)
from newsletter.audience.yes_no_columns import YesNoColumns
from newsletter.errors import InputError
from newsletter.store.audience.staged import Standing

FILE_NAME = "file name"
_IGNORED, _LEFT_OUT = "ignored", "left-out"
REASONS = {"suppressed": "imported", "bounced": "bounced there", "complained": "complaint", "blocked": "manual"}
MEANINGS: Mapping[str, Standing | None] = {
    "active": Standing.ACTIVE,
    "pending": Standing.PENDING,
    "unsubscribed": Standing.UNSUBSCRIBED,
    **dict.fromkeys(REASONS, Standing.SUPPRESSED),
    _LEFT_OUT: None,
    _IGNORED: None,
}
"""What a word may be said to mean; `left-out` skips the row, `ignored` says nothing of a standing."""
_BOOLEAN = frozenset({"true", "false", "yes", "no", "1", "0", "t", "f", "y", "n", "ja", "nein", "oui", "non", "x"})
_MOST_WORDS = 20
_MOST_UNKNOWN = 1000
OTHERS = "(others)"


@dataclass(slots=True)
class RowVerdict:
    """What one row says: `standing` is empty when it says nothing; `reason` is that of a suppression."""

    standing: Standing | None = None
    left_at: datetime | None = None
    reason: str = ""
    skipped: bool = False
    because: str = ""  # the cell that says it, as COLUMN=WORD


@dataclass
class Standings:
    """What the columns of a list say; `unknown` counts the words that nobody explained."""

    columns: list[str]
    moments: list[str]  # columns of leaving: whatever stands there says that the person left
    plain: list[str]  # all others
    of_file: str
    meant: Mapping[tuple[str, str], str]
    unknown: Counter[tuple[str, str]] = field(default_factory=Counter)
    explained: frozenset[str] = frozenset()  # columns that the product's table explains, not the operator
    clues: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # by column: what a part of its text means
    refused: Mapping[str, str] = field(
        default_factory=dict
    )  # words that mean nothing in this list, with the way that works
    likely: bool = False  # no table explains the list: words count that may be anything else elsewhere
    flags: YesNoColumns = field(default_factory=lambda: YesNoColumns(()))  # of a list that no table explains

    @property
    def suspicious(self) -> bool:
        """Whether anything looks like a standing that no table explains."""
        return bool(self._open() or (self.of_file and FILE_NAME not in self.explained))

    @property
    def explains_file(self) -> bool:
        """Whether the product or the operator says what the file's name means."""
        return bool(self._meaning(FILE_NAME, self.of_file.lower()))

    def meaning_of(self, column: str, word: str) -> str:
        """Return what a word in a column means (in lower case), or nothing where nobody said."""
        return self._meaning(column, word)

    def _open(self) -> list[str]:
        return [column for column in [*self.columns, *self.moments] if column not in self.explained]

    def read(self, row: Mapping[str, str]) -> RowVerdict:
        """Return what a row says, the worst of all its cells. Raises InputError for a clear word in a column that nobody explained."""
        verdict = RowVerdict()
        self.flags.see(row)
        if self.of_file or (FILE_NAME, "") in self.meant:
            self._weigh(verdict, FILE_NAME, self.of_file)
        for column in self.columns:
            self._weigh(verdict, column, row.get(column, "").strip())
        for column in self.moments:
            cell = row.get(column, "").strip()
            if (
                column,
                cell.lower(),
            ) in self.meant:  # such as NULL, or an empty cell, of which somebody says what it means
                self._weigh(verdict, column, cell)
            elif cell and not self._is_ignored(column):
                _worsen(verdict, Standing.UNSUBSCRIBED, column, "")
                verdict.left_at = verdict.left_at or read_moment(cell)
        for column, parts in self.clues.items():
            cell = row.get(column, "").lower()
            self._weigh_all(verdict, column, [meaning for part, meaning in parts.items() if part in cell])
        for column in self.plain:
            word = clear_word(row.get(column, ""), likely=self.likely)
            if word and not self._is_ignored(column):
                self._weigh(verdict, column, word)
                if not self._meaning(column, word.lower()):
                    raise _refusal([f"the column {column!r} says {word!r}"], [(column, word)])
        return verdict

    def check(self, sample: Iterable[Mapping[str, str]]) -> None:
        """Raise InputError, with the words of the sample, when the list looks like a standing and nobody said what it means."""
        if not self.suspicious or any(column not in self.explained for column, _ in self.meant):
            return
        looks, named = self._open(), self.of_file and FILE_NAME not in self.explained
        words: dict[tuple[str, str], None] = {(FILE_NAME, self.of_file): None} if named else {}
        for row in sample:
            for column in [each for each in self.columns if each in looks]:
                words.setdefault((column, row.get(column, "").strip()[:MOST_CHARS]))
        words |= dict.fromkeys((column, "") for column in self.moments if column in looks)
        signs = [f"the file's name says {self.of_file!r}"] if named else []
        signs += [f"the column {column!r} looks like one" for column in looks]
        raise _refusal(signs, list(words)[:_MOST_WORDS])

    def _weigh(self, verdict: RowVerdict, column: str, word: str) -> None:
        meaning = self._meaning(column, word.lower())
        if meaning:
            self._weigh_all(verdict, column, [meaning], word)
            return
        if word.lower() in self.refused:
            raise InputError(
                f"{word!r} does not say who left the list", where="--state", remedy=self.refused[word.lower()]
            )
        self._count(column, word[:MOST_CHARS])
        _worsen(verdict, Standing.UNSUBSCRIBED if is_leaving(word) else Standing.UNKNOWN, column, word)

    def _weigh_all(self, verdict: RowVerdict, column: str, meanings: Iterable[str], word: str = "") -> None:
        for meaning in meanings:
            standing = MEANINGS[meaning]
            if meaning == _LEFT_OUT:
                verdict.skipped = True
                verdict.because = verdict.because or f"{column}={word[:MOST_CHARS]}"
            elif standing is not None:
                _worsen(verdict, standing, column, word)
                verdict.reason = verdict.reason or REASONS.get(meaning, "")

    def _count(self, column: str, word: str) -> None:
        """Count a word that nobody explained; beyond so many, as one of the others: a column may hold another in each row."""
        known = (column, word) in self.unknown or len(self.unknown) < _MOST_UNKNOWN
        self.unknown[(column, word) if known else (column, OTHERS)] += 1

    def _meaning(self, column: str, word: str) -> str:
        for key in ((column, word), ("", word), (column, "*")):
            if key in self.meant and not (key[0] == "" and (word in _BOOLEAN or not word)):
                return self.meant[key]
        return ""

    def _is_ignored(self, column: str) -> bool:
        return self.meant.get((column, "*")) == _IGNORED


def standings_of(
    columns: Sequence[str],
    source: str,
    said: Sequence[str],
    product: Product = PLAIN,
    *,
    defined: Collection[str] = (),
) -> Standings:
    """Return what looks like a standing among the columns and in the name of a list, and what `said` ([COLUMN:]WORD=MEANING) makes of it.

    What the table of the product explains needs no saying, and may be said otherwise. `defined` are the keys of fields of which somebody
    said that they hold yes and no, or the like. Raises InputError for what cannot be read, or for a column that is not there.
    """
    by_hand = product.by_hand
    by_product = {name: plain for name in columns if name != EMAIL and by_hand.get(plain := plain_name(name)) != IGNORE}
    known = _known_columns(product)
    kinds = {name: "plain" if _is_told(plain, known, product) else kind(name) for name, plain in by_product.items()}
    kinds |= {name: "standing" for name, plain in by_product.items() if plain in product.words}
    kinds |= {name: "moment" for name, plain in by_product.items() if plain in product.left_at}
    said_by_hand = [name for name, plain in by_product.items() if by_hand.get(plain) == STATE]
    kinds |= {name: "standing" for name in said_by_hand if kinds[name] == "plain"}
    meant = _explained(product, by_product) | dict(_read_said(entry, kinds) for entry in said)
    named = {column for column, _ in meant if column and kinds.get(column) == "plain"}
    unsaid = [
        name for name, kind in kinds.items() if kind == "plain" and name not in named and _may_be_flag(name, product)
    ]
    of_file = word_of_file(source, product.file_words)
    return Standings(
        columns=[name for name, kind in kinds.items() if kind == "standing" or name in named],
        moments=[name for name, kind in kinds.items() if kind == "moment"],
        plain=[
            name for name, kind in kinds.items() if kind == "plain" and name not in named and _may_tell(name, product)
        ],
        of_file=of_file,
        meant=meant,
        explained=frozenset(
            [name for name, plain in by_product.items() if plain in product.words or plain in product.left_at]
            + [FILE_NAME] * (of_file in product.file_words)
        ),
        clues={name: product.clues[plain] for name, plain in by_product.items() if plain in product.clues},
        refused=product.refused,
        likely=product.is_plain,
        flags=YesNoColumns([name for name in unsaid if key_of(name) not in defined]),
    )


def _is_told(plain: str, known: frozenset[str], product: Product) -> bool:
    """Tell whether something says that a column is no standing, whatever it is called: a product's table, or somebody who says it holds moments."""
    if plain in product.by_hand:
        return product.by_hand[plain] in MOMENTS or (product.by_hand[plain] != STATE and is_doubtful(plain))
    return plain in known and not product.is_plain


def _known_columns(product: Product) -> frozenset[str]:
    named = (product.name, product.first, product.last, product.asked_at, product.asked_ip, product.since, product.tags)
    return frozenset(chain(*named, product.left_behind, product.unpacked, product.clues))


def _may_tell(name: str, product: Product) -> bool:
    """Tell whether a clear word in a plain column counts: not where the table says what stands there, nor in names."""
    plain = plain_name(name)
    return not names_persons(plain) and (
        product.is_plain or plain in product.by_hand or plain not in _known_columns(product)
    )


def _may_be_flag(name: str, product: Product) -> bool:
    plain = plain_name(name)
    if name in ERROR_COLUMNS:
        return False
    holds_moments = plain in product.asked_at or plain in product.since
    known = plain in product.by_hand or plain in NUMBERS or (plain in _known_columns(product) and not holds_moments)
    return bool(plain) and product.is_plain and not known


def _explained(product: Product, columns: Mapping[str, str]) -> dict[tuple[str, str], str]:
    words = {(FILE_NAME, word): meaning for word, meaning in product.file_words.items()}
    for name, plain in columns.items():
        words |= {(name, word): meaning for word, meaning in product.words.get(plain, {}).items()}
    return words


def _read_said(entry: str, columns: Mapping[str, str]) -> tuple[tuple[str, str], str]:
    given, equals, meaning = entry.rpartition("=")
    meaning = meaning.strip().lower()
    if not equals or meaning not in MEANINGS:
        raise InputError(f"{entry!r} says nothing", where="--state", remedy=f"write WORD={'|'.join(MEANINGS)}")
    column, colon, word = _parted(given.lower(), columns)
    column, word = column.strip(), word.strip()
    if colon and column != FILE_NAME and column not in columns:
        raise InputError(f"there is no column {column!r}", where="--state", remedy=f"it has {', '.join(columns)}")
    if not colon and (word in _BOOLEAN or not word):
        raise InputError(
            f"{word!r} may stand in any column", where="--state", remedy=f"say in which: COLUMN:{word}={meaning}"
        )
    if word == "*" and (meaning == "active" or not colon):
        raise InputError("an unknown word never means active", where="--state", remedy="name the words that do")
    return (column if colon else "", word), meaning


def _parted(given: str, columns: Collection[str]) -> tuple[str, str, str]:
    """Part COLUMN:WORD at the longest column that there is, for both may hold a colon; else at the last colon."""
    there = [name for name in (FILE_NAME, *columns) if given.lstrip().startswith(f"{name}:")]
    if there:
        column = max(there, key=len)
        return column, ":", given.lstrip()[len(column) + 1 :]
    column, colon, word = given.rpartition(":")
    return (column, colon, word) if colon else ("", "", given)


def _refusal(signs: Sequence[str], words: Sequence[tuple[str, str]]) -> InputError:
    shown = " ".join(f"--state '{column}:{word}=...'" for column, word in words)
    return InputError(
        f"this list may name people who left: {'; '.join(signs)}",
        where="--state",
        remedy=f"say what each word means, {'|'.join(MEANINGS)}: {shown}; --state 'COLUMN:*=ignored' when it is no standing",
    )


def _worsen(verdict: RowVerdict, standing: Standing, column: str, word: str) -> None:
    if verdict.standing is None or standing > verdict.standing:
        verdict.standing = standing
        verdict.because = f"{column}={word[:MOST_CHARS]}" if word else column
