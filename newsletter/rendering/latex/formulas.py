r"""The inside of a formula as one line of characters: `\frac{a+b}{c}` becomes (a+b)/c.

A formula is understood whole or not at all: an unknown command, a matrix, a brace without its partner raise NotUnderstood,
and whoever asked leaves what was written. One pass over the tokens, so time grows with the length.
"""

# ruff: noqa: RUF001 - signs of formulas
from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from newsletter.rendering.latex.atoms import Atom, Kind, fraction, joined, root, said
from newsletter.rendering.latex.indices import index
from newsletter.rendering.latex.symbols import (
    ESCAPED,
    FENCES,
    FONTS,
    FUNCTIONS,
    LETTERS,
    MARKS,
    OPERATORS,
    RELATIONS,
    SIZES,
    SPACES,
    SWITCHES,
    WORDS,
)

MAX_NESTING = 24
"""Groups within groups; a formula nested deeper stays as it was written."""
_TOKEN = re.compile(r"\\([A-Za-z]+)(\s*)|\\(.)|(\s+)|(.)", re.DOTALL)
_OVER_MORE = {"\u0304": "\u0305"}  # a macron is as wide as its letter, an overline meets the next
_SPACED = frozenset("=<>+-*/|")
_LEFT, _RIGHT = ("left", "igl", "iggl"), ("right", "igr", "iggr")
"""Ends of the names of sizes that say on which side a fence stands: a space within it means nothing."""
_ROMAN = frozenset("operatorname mathrm mathsf mathtt textrm text".split())  # noqa: SIM905
_BRACES = frozenset({"overbrace", "underbrace"})
"""What stands over or under them is about the whole."""
_FRACTIONS = frozenset("frac dfrac tfrac cfrac nicefrac sfrac".split())  # noqa: SIM905


class NotUnderstood(Exception):  # noqa: N818 - no error of anybody: the text stays as it is
    """What was written is no formula that can be read as a line."""


def soften_formula(text: str) -> str:
    """Return the inside of `$...$` as plain characters. Raises NotUnderstood."""
    reader = _Reader(text)
    atoms = reader.atoms(closing="")
    return joined(atoms)


class _Reader:
    def __init__(self, text: str) -> None:
        self.tokens = list(_TOKEN.finditer(text))
        self.text = text
        self.place = 0
        self.depth = 0
        self.swallowed = False  # the space that ended the last command, which may have stood before a sign as well

    def atoms(self, *, closing: str) -> list[Atom]:
        """Read up to the `closing` brace or bracket, or to the end."""
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise NotUnderstood
        read: list[Atom] = []
        while self.place < len(self.tokens):
            token = self.tokens[self.place]
            self.place += 1
            if closing and token[5] == closing:
                self.depth -= 1
                return read
            self._read(token, read)
        if closing:
            raise NotUnderstood
        self.depth -= 1
        return read

    def _read(self, token: re.Match[str], read: list[Atom]) -> None:
        swallowed, self.swallowed = self.swallowed, bool(token[2])
        if token[1]:
            self._command(token[1], swallowed, read)
        elif token[3]:
            read.append(_escaped(token[3]))
        elif token[4]:
            read.append(Atom(" ", Kind.SPACE))
        elif token[5] in "^_":
            self._index(token[5], read)
        elif token[5] == "{":
            read.append(_grouped(self.atoms(closing="}")))
        elif token[5] == "~":
            read.append(Atom(" ", Kind.SPACE))
        elif token[5] in "}&#$":
            raise NotUnderstood
        else:
            if swallowed and token[5] in _SPACED and self.place < len(self.tokens) and self.tokens[self.place][4]:
                read.append(Atom(" ", Kind.SPACE))
            read.append(Atom(token[5]))

    def _index(self, sign: str, read: list[Atom]) -> None:
        while read and read[-1].kind is Kind.SPACE:
            read.pop()
        base = read[-1] if read else Atom("")
        if not read:
            read.append(base)
        argument = self._argument()
        # `\sqrt{s_{_{NN}}}` asks for small letters, and means one index
        within = argument[0].indices if len(argument) == 1 and not argument[0].text else []
        base.indices.append(
            within[0] if len(within) == 1 and within[0].startswith(sign) else index(sign, joined(argument))
        )

    def _argument(self) -> list[Atom]:
        """Read one argument: a group, or the next token as TeX takes it."""
        while self.place < len(self.tokens) and self.tokens[self.place][4]:
            self.place += 1
        if self.place >= len(self.tokens):
            raise NotUnderstood
        token = self.tokens[self.place]
        self.place += 1
        if token[5] == "{":
            return self.atoms(closing="}")
        if token[5] and token[5] in "^_":
            raise NotUnderstood
        read: list[Atom] = []
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise NotUnderstood
        self._read(token, read)
        self.depth -= 1
        return read

    def _words(self) -> str:
        """Read a group of words, with the spaces as written."""
        while self.place < len(self.tokens) and self.tokens[self.place][4]:
            self.place += 1
        if self.place >= len(self.tokens) or self.tokens[self.place][5] != "{":
            return joined(self._argument())
        start = self.tokens[self.place].end()
        atoms = self._argument()
        written = self.text[start : self.tokens[self.place - 1].start()]
        return joined(atoms) if re.search(r"[\\{}^_~]", written) else written

    def _command(self, name: str, swallowed: bool, read: list[Atom]) -> None:
        if name in RELATIONS or name == "not":
            around = swallowed or (bool(read) and read[-1].kind is Kind.SPACE and read[-1].text != "")
            sign = Atom(RELATIONS[name], Kind.RELATION) if name in RELATIONS else self._negated()
            space = [Atom(" ", Kind.SPACE)] if around and read else []
            read += [*space, sign, *space]
        elif name in FUNCTIONS:
            read.append(Atom("mod" if name == "bmod" else name, Kind.FUNCTION))
        elif name in LETTERS or name in FENCES:
            read.append(Atom(LETTERS.get(name) or FENCES[name]))
        elif name in OPERATORS:
            read.append(Atom(OPERATORS[name], Kind.OPERATOR))
        elif name in SPACES:
            read.append(Atom(SPACES[name], Kind.SPACE))
        elif name in SIZES:
            self._fence(name, read)
        elif name in SWITCHES:
            return
        elif name in FONTS:
            read.append(self._font(name))
        elif name in MARKS:
            read.append(_marked(name, self._argument()))
        else:
            read.append(self._built(name))

    def _fence(self, name: str, read: list[Atom]) -> None:
        fence = self._argument()
        while name.endswith(_RIGHT) and read and read[-1].kind is Kind.SPACE:
            read.pop()
        if said(fence) != ".":
            read.extend(fence)
        while name.endswith(_LEFT) and self.place < len(self.tokens) and self.tokens[self.place][4]:
            self.place += 1

    def _font(self, name: str) -> Atom:
        if name == "operatorname" and self.place < len(self.tokens) and self.tokens[self.place][5] == "*":
            self.place += 1
        if name in WORDS:
            return Atom(self._words())
        atoms = self._argument()
        words = joined(atoms)
        if name in _BRACES:
            return Atom(words, Kind.FRACTION if len(atoms) > 1 else Kind.GROUP)
        if name in _ROMAN and len(words) > 1 and words.isalpha():
            return Atom(words, Kind.FUNCTION)
        return _grouped(atoms)

    def _built(self, name: str) -> Atom:
        """Read a command with arguments of its own."""
        if name in _FRACTIONS:
            return fraction(self._argument(), self._argument())
        build = _BUILT.get(name)
        if build is None:
            raise NotUnderstood
        return build(self)

    def root(self) -> Atom:
        """Read a root, whose degree may stand in brackets before it."""
        degree = ""
        if self.place < len(self.tokens) and self.tokens[self.place][5] == "[":
            self.place += 1
            degree = joined(self.atoms(closing="]"))
        return root(degree, self._argument())

    def stacked(self, sign: str) -> Atom:
        """Read what stands over or under a sign."""
        words = joined(self._argument())
        atom = _grouped(self._argument())
        atom.indices.append(index(sign, words))
        return atom

    def arrow(self, sign: str) -> Atom:
        """Read a long arrow with what stands over it, and in brackets below it."""
        below = ""
        if self.place < len(self.tokens) and self.tokens[self.place][5] == "[":
            self.place += 1
            below = joined(self.atoms(closing="]"))
        return Atom(
            sign, Kind.RELATION, [made for made in (index("_", below), index("^", joined(self._argument()))) if made]
        )

    def raised(self, sign: str) -> Atom:
        """Read an index that is written as a command."""
        return Atom("", indices=[index(sign, self._words())])

    def choice(self) -> Atom:
        """Read a binomial coefficient."""
        return Atom(f"({joined(self._argument())} choose {joined(self._argument())})")

    def modulus(self) -> Atom:
        """Read the modulus of a congruence."""
        return Atom(f" (mod {joined(self._argument())})")

    def space(self) -> Atom:
        """Read a length, which is a space here."""
        self._argument()
        return Atom(" ", Kind.SPACE)

    def _negated(self) -> Atom:
        return Atom(unicodedata.normalize("NFC", said(self._argument()) + "\u0338"), Kind.RELATION)


_BUILT: dict[str, Callable[[_Reader], Atom]] = {
    "sqrt": _Reader.root,
    "overset": lambda reader: reader.stacked("^"),
    "stackrel": lambda reader: reader.stacked("^"),
    "underset": lambda reader: reader.stacked("_"),
    "xrightarrow": lambda reader: reader.arrow("→"),
    "xleftarrow": lambda reader: reader.arrow("←"),
    "textsuperscript": lambda reader: reader.raised("^"),
    "textsubscript": lambda reader: reader.raised("_"),
    "binom": _Reader.choice,
    "dbinom": _Reader.choice,
    "tbinom": _Reader.choice,
    "pmod": _Reader.modulus,
    "hspace": _Reader.space,
}

KNOWN = frozenset().union(
    LETTERS, OPERATORS, RELATIONS, FENCES, FUNCTIONS, MARKS, FONTS, SIZES, SPACES, _FRACTIONS, {"not"}, _BUILT, "{}|"
)
"""Names of the commands that are read in a formula."""


def _escaped(sign: str) -> Atom:
    if sign in ESCAPED:
        return Atom(sign)
    if sign == "|":
        return Atom("‖")
    if sign in SPACES:
        return Atom(SPACES[sign], Kind.SPACE)
    raise NotUnderstood


def _grouped(atoms: list[Atom]) -> Atom:
    """Return a group as one atom, which keeps the kind of what stands alone in it."""
    kind = atoms[0].kind if len(atoms) == 1 else Kind.GROUP
    return Atom(joined(atoms), kind)


def _marked(name: str, atoms: list[Atom]) -> Atom:
    words = joined(atoms)
    if not words:
        raise NotUnderstood
    mark = MARKS[name]
    letters = [letter for letter in words if not unicodedata.combining(letter)]
    letter = {"ı": "i", "ȷ": "j"}.get(words[0], words[0])
    if len(letters) == 1 or (len(atoms) == 1 and len(atoms[0].text) == 1):
        return Atom(unicodedata.normalize("NFC", letter + mark) + words[1:])
    if name in {"overline", "underline", "underbar"} and words.isalnum():
        return Atom("".join(unicodedata.normalize("NFC", sign + _OVER_MORE.get(mark, mark)) for sign in words))
    return Atom(f"{name.removeprefix('wide')}({words})")
