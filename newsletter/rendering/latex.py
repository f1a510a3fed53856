r"""Soften the LaTeX that abstracts carry, once, for every output: `\textbf{X}` becomes strong X, `$\lambda_i$` becomes λᵢ, `\%` becomes %.

No formula is typeset. The rules are in docs/rendering.md; they depend on nothing but the text:
commands that name a font keep their argument, named symbols become their character, references (`\cite`, `\label`)
vanish, dollars around a formula vanish, indices become Unicode indices where every character has one.
A dollar is money unless the span up to the next dollar looks like a formula.
"""

# ruff: noqa: RUF001, SIM905 - tables of look-alike letters, written as words
from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

STRONG = frozenset({"textbf", "mathbf", "boldsymbol", "bm"})
EMPHASIS = frozenset({"emph", "textit", "textsl"})
CODE = frozenset({"texttt"})
FONTS = (
    STRONG
    | EMPHASIS
    | CODE
    | frozenset(
        "text textrm textsc textsf textnormal textmd textup underline mbox mathrm mathcal mathbb mathit mathsf mathfrak "
        "operatorname url overline hat tilde bar vec widehat".split()
    )
)
GONE = frozenset({"cite", "citep", "citet", "ref", "label", "eqref"})
_NAMES = (
    "alpha α beta β gamma γ delta δ epsilon ε varepsilon ε zeta ζ eta η theta θ iota ι kappa κ lambda λ mu μ nu ν xi ξ "
    "pi π rho ρ sigma σ tau τ upsilon υ phi φ varphi φ chi χ psi ψ omega ω Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π "
    "Sigma Σ Phi Φ Psi Ψ Omega Ω times × cdot · div ÷ pm ± mp ∓ sim ~ approx ≈ neq ≠ ne ≠ leq ≤ le ≤ geq ≥ ge ≥ ll ≪ "
    "gg ≫ to → rightarrow → leftarrow ← Rightarrow ⇒ infty ∞ partial ∂ nabla ∇ sum ∑ prod ∏ int ∫ in ∈ notin ∉ "
    "subset ⊂ subseteq ⊆ cup ∪ cap ∩ forall ∀ exists ∃ emptyset ∅ ldots … dots … cdots ⋯ ell ℓ circ ∘ oplus ⊕ "
    "otimes ⊗ propto ∝ equiv ≡ langle ⟨ rangle ⟩ mid | vert | log log exp exp max max min min sin sin cos cos"
).split()
SYMBOLS = dict(zip(_NAMES[::2], _NAMES[1::2], strict=True))
_SUPER = str.maketrans("0123456789+-=()abcdefghijklmnoprstuvwxyz*", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ*")
_SUB = str.maketrans("0123456789+-=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")

_COMMAND = re.compile(r"\\([A-Za-z]+)\*?\s?\{([^{}]*)\}")
_NAMED = re.compile(r"\\([A-Za-z]+)(?![A-Za-z])")
_ESCAPED = re.compile(r"\\([%$&#_{}])")
_SPACING = re.compile(r"\\[,;:! ]")
_INDEX = re.compile(r"([\^_])(?:\{([^{}]*)\}|(.))")
_DOLLARS = re.compile(r"(?<![\\$\w])\$(?=[^\s$])([^$\n]{1,200}?)(?<=[^\s\\])\$(?![\d$])")
_FORMULA = re.compile(r"[\\^_{=<>Ͱ-Ͽ∀-⋿]|^[A-Za-z](\([^)]*\))?['*]?$")
_OPENING = re.compile(r"\\([A-Za-z]+)\*?\s?\{")
_DEPTH = 8  # a formula nested deeper keeps its innermost braces' words, without their commands


def soften_line(text: str) -> str:
    """Return one line of plain text (a title) without LaTeX."""
    if "\\" not in text and "$" not in text:
        return text
    text = _DOLLARS.sub(lambda found: soften_formula(found[1]) if is_formula(found[1]) else found[0], text)
    return _ESCAPED.sub(r"\1", _symbols(_commands(text), known_only=True))


def is_formula(span: str) -> bool:
    """Tell whether what stands between two dollars is a formula and not money."""
    return bool(_FORMULA.search(span))


def soften_formula(text: str) -> str:
    """Return the inside of `$...$` as plain characters."""
    text = _symbols(_commands(_SPACING.sub(" ", text)), known_only=False)
    for _ in range(_DEPTH):
        text, count = _INDEX.subn(_index, text)
        if not count:
            break
    text = _ESCAPED.sub(r"\1", text)
    return " ".join(re.sub(r"[{}]", "", text).replace("\x00", "^").replace("\x01", "_").split())


def _commands(text: str) -> str:
    text = re.sub(r"\\frac\s?\{([^{}]*)\}\s?\{([^{}]*)\}", r"\1/\2", text)
    text = re.sub(r"\\sqrt\s?\{([^{}]*)\}", r"√\1", text)
    text = re.sub(r"\\href\s?\{[^{}]*\}\s?\{([^{}]*)\}", r"\1", text)
    for _ in range(_DEPTH):
        text, count = _COMMAND.subn(_argument, text)
        if not count:
            break
    return text


def _argument(found: re.Match[str]) -> str:
    if found[1] in GONE:
        return ""
    return found[2] if found[1] in FONTS else f"{SYMBOLS.get(found[1], found[1])} {found[2]}"


def _symbols(text: str, *, known_only: bool) -> str:
    def symbol(found: re.Match[str]) -> str:
        return SYMBOLS.get(found[1], found[0] if known_only else found[1])

    return _NAMED.sub(symbol, text)


def _index(found: re.Match[str]) -> str:
    """Return an index in Unicode where each character has one; else the words, their sign hidden from the next round."""
    words = found[2] if found[2] is not None else found[3]
    table, sign = (_SUPER, "\x00") if found[1] == "^" else (_SUB, "\x01")
    if all(ord(character) in table for character in words):
        return words.translate(table)
    return f"{sign}({words})" if len(words) > 1 else f"{sign}{words}"


def latex_plugin(parser: MarkdownIt) -> None:
    """Teach a Markdown parser to soften LaTeX outside code."""
    parser.inline.ruler.before("escape", "latex_command", _command_rule)
    parser.inline.ruler.before("escape", "latex_formula", _formula_rule)


def _formula_rule(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "$":
        return False
    found = _DOLLARS.match(state.src, state.pos, state.posMax)
    if found is None or not is_formula(found[1]):
        return False
    if not silent:
        state.pending += soften_formula(found[1])
    state.pos = found.end()
    return True


def _command_rule(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "\\":
        return False
    opening = _OPENING.match(state.src, state.pos, state.posMax)
    if opening and (opening[1] in FONTS or opening[1] in GONE):
        end = _closing_brace(state.src, opening.end(), state.posMax)
        if end >= 0:
            if not silent and opening[1] not in GONE:
                _push_argument(state, opening[1], opening.end(), end)
            state.pos = end + 1
            return True
    named = _NAMED.match(state.src, state.pos, state.posMax)
    if named is None or named[1] not in SYMBOLS:
        return False
    if not silent:
        state.pending += SYMBOLS[named[1]]
    state.pos = named.end()
    return True


def _closing_brace(source: str, start: int, end: int) -> int:
    depth = 1
    for position in range(start, min(end, start + 500)):
        if source[position] == "{":
            depth += 1
        elif source[position] == "}":
            depth -= 1
            if depth == 0:
                return position
    return -1


def _push_argument(state: StateInline, command: str, start: int, end: int) -> None:
    tag = "strong" if command in STRONG else "em" if command in EMPHASIS else "code" if command in CODE else ""
    if tag:
        state.push(f"{tag}_open", tag, 1)
    outer = state.posMax
    state.pos, state.posMax = start, end
    state.md.inline.tokenize(state)
    state.posMax = outer
    if tag:
        state.push(f"{tag}_close", tag, -1)
