"""The parts of a formula, and how they stand beside each other on one line."""

# ruff: noqa: RUF001 - signs of formulas
from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum, auto

from newsletter.rendering.latex.indices import index, is_plain


class Kind(Enum):
    """What a part is, as far as the spaces around it depend on it."""

    ORDINARY = auto()
    GROUP = auto()
    RELATION = auto()
    OPERATOR = auto()
    FUNCTION = auto()
    FRACTION = auto()
    SPACE = auto()


@dataclass(slots=True)
class Atom:
    """A part with its indices as they are to be read."""

    text: str
    kind: Kind = Kind.ORDINARY
    indices: list[str] = field(default_factory=list)

    @property
    def whole(self) -> str:
        """The part with its indices: Unicode's first, so that none is taken for a part of another's words."""
        base = f"({self.text})" if self.kind is Kind.FRACTION and self.indices else self.text
        return base + "".join(sorted(self.indices, key=is_plain))


_COMPOUND = re.compile(r"(?<!^)[-+\s=<>≤≥±∓·×÷/,→]")
_BRACKETED = re.compile(r"[(\[⟨⌈⌊|‖{][^()\[\]⟨⟩⌈⌉⌊⌋|‖{}]*[)\]⟩⌉⌋|‖}]")
_CLOSING = frozenset(")]⟩⌉⌋")
_NUMBER = re.compile(r"\d[\d.]*")
_DIFFERENTIALS = frozenset("∂dΔδ")


def joined(atoms: list[Atom]) -> str:
    """Return parts as a line, with spaces where words would run into each other."""
    out: list[str] = []
    open_word = False
    last = ""
    for atom in atoms:
        whole = (
            f"({atom.whole})" if atom.kind is Kind.FRACTION and last.endswith("/") and "/" in atom.text else atom.whole
        )
        if not whole:
            continue
        if whole in _CLOSING and out and out[-1] == " ":
            out.pop()
        if (open_word and _begins_word(whole, atom)) or (_leads(atom) and _ends_word(last)):
            out.append(" ")
        out.append(whole)
        last = whole
        open_word = _stays_open(atom)
    return " ".join("".join(out).split())


def said(atoms: list[Atom]) -> str:
    """Return parts without a thought for spaces: a single sign."""
    return "".join(atom.whole for atom in atoms).strip()


def fraction(above: list[Atom], below: list[Atom]) -> Atom:
    """Return a fraction on one line, in parentheses where the stroke would be read otherwise."""
    upper, lower = joined(above), joined(below)
    upper = f"({upper})" if _is_compound(upper) else upper
    lower = f"({lower})" if _is_compound(lower) or not _is_single(below) else lower
    return Atom(f"{upper}/{lower}", Kind.FRACTION)


def root(degree: str, atoms: list[Atom]) -> Atom:
    """Return a root: √n, √(n+1), ³√x."""
    words = joined(atoms)
    inner = f"({words})" if _is_compound(words) or not _is_single(atoms, differentials=False) else words
    return Atom(f"{index('^', degree)}√{inner}", Kind.FRACTION if inner == words else Kind.GROUP)


def _is_compound(words: str) -> bool:
    before = None
    while before != words:  # as often as brackets are nested, and formulas are short
        before, words = words, _BRACKETED.sub("", words)
    return bool(_COMPOUND.search(words))


def _is_single(atoms: list[Atom], *, differentials: bool = True) -> bool:
    parts = [atom for atom in atoms if atom.kind is not Kind.SPACE]
    words = "".join(atom.whole for atom in parts)
    differential = differentials and words.isalpha() and len(words) == 2 and words[0] in _DIFFERENTIALS
    if len(parts) <= 1 or _NUMBER.fullmatch(words) or differential:
        return True
    if differentials and parts[0].text in _DIFFERENTIALS and len(parts) == 2:
        return True
    rest = "".join(atom.whole for atom in parts[1:])
    return bool(_BRACKETED.fullmatch(rest) or _BRACKETED.fullmatch(words))


def _leads(atom: Atom) -> bool:
    return atom.kind is Kind.FUNCTION or (atom.kind is Kind.FRACTION and atom.text[:1].isalnum())


def _ends_word(last: str) -> bool:
    return last[-1:].isalnum() or last[-1:] in {")", "]"}


def _stays_open(atom: Atom) -> bool:
    if atom.kind in {Kind.FUNCTION, Kind.FRACTION} or (atom.kind is Kind.OPERATOR and atom.indices):
        return True
    return any(is_plain(made) for made in atom.indices)


def _begins_word(whole: str, atom: Atom) -> bool:
    if atom.kind is Kind.OPERATOR:
        return True
    return whole[:1].isalnum() or whole[:1] in {"√", "‖", "\\"}
