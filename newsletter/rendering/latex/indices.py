r"""Indices: Unicode's where it has each character (`n²ᵏ`, `xₘₐₓ`), else the sign with a word or with parentheses (`x_good`, `x^(i,j)`).

A sign that already stands high, such as † or ⊤, needs none: `$A^\top$` is A⊤.
"""

# ruff: noqa: RUF001 - tables of look-alike letters
from __future__ import annotations

_SUPER = dict(
    zip(
        "0123456789+-=()abcdefghijklmnoprstuvwxyz*ABDEGHIJKLMNOPRTUVWβγδθφχ",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ*ᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵝᵞᵟᶿᵠᵡ",
        strict=True,
    )
)
_SUB = dict(zip("0123456789+-=()aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ", strict=True))
_HIGH = {"∘": "°", "°": "°"} | {sign: sign for sign in "′⊤⊺⊥†‡*∗⋆'"}
_FENCES = frozenset("()[]{}<>|,.;:'\"")
_RAISED = frozenset(_SUPER.values()) | frozenset(_SUB.values())


def index(sign: str, words: str) -> str:
    """Return `words` as the index that `sign` (^ or _) makes of them."""
    words = words.strip()
    if not words:
        return ""
    if sign == "^" and all(character in _HIGH for character in words):
        return "".join(_HIGH[character] for character in words)
    table = _SUPER if sign == "^" else _SUB
    close = "".join(words.split()) if _is_symbolic(words) else words
    if all(character in table for character in close):
        return "".join(table[character] for character in close)
    alone = len(words) == 1 and words not in _FENCES
    # `e^iπ` would be read as a power of i alone
    plain = alone or (_is_word(words) and (sign == "_" or words.isascii()))
    return f"{sign}{words}" if plain else f"{sign}({words})"


def raised(sign: str, words: str) -> str:
    """Return words that stood raised (^) or lowered (_) in HTML: beside a number they would be another. 10⁶, H₂O.

    Words for which Unicode has no such letters stay as they are, but for a short name, which keeps its sign: x_good.
    """
    made = index(sign, words)
    is_name = words.isascii() and words.strip().isalnum()
    return made if is_name or not is_plain(made) else words


def is_plain(made: str) -> bool:
    """Tell whether an index was written with its sign, because Unicode has no characters for it."""
    return made[:1] in {"^", "_"}


def _is_symbolic(words: str) -> bool:
    """Spaces around signs may go; between words they part them."""
    return not any(len(word) > 1 and word.isalpha() for word in words.split())


def _is_word(words: str) -> bool:
    return all(character.isalnum() and character not in _RAISED for character in words)
