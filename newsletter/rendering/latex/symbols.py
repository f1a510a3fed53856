"""The signs of formulas as data: what a named command is called in Unicode, and how it stands among its neighbours.

The names are those of LaTeX and amsmath, as "The Comprehensive LaTeX Symbol List" gives them; only what abstracts use.
"""

# ruff: noqa: RUF001, SIM905 - tables of look-alike letters, written as words
from __future__ import annotations


def _pairs(words: str) -> dict[str, str]:
    parts = words.split()
    return dict(zip(parts[::2], parts[1::2], strict=True))


LETTERS = _pairs(
    "alpha α beta β gamma γ delta δ epsilon ε varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι kappa κ lambda λ mu μ "
    "nu ν xi ξ pi π varpi ϖ rho ρ varrho ϱ sigma σ varsigma ς tau τ upsilon υ phi φ varphi φ chi χ psi ψ omega ω "
    "Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Upsilon Υ Phi Φ Psi Ψ Omega Ω ell ℓ hbar ℏ imath ı jmath ȷ "
    "Re ℜ Im ℑ aleph ℵ infty ∞ emptyset ∅ varnothing ∅ top ⊤ bot ⊥ prime ′ degree ° AA Å partial ∂ nabla ∇ intercal ⊺ "
    "varkappa ϰ digamma ϝ wp ℘ beth ℶ gimel ℷ hslash ℏ complement ∁ mho ℧ eth ð varGamma Γ varDelta Δ varTheta Θ varLambda Λ "
    "varSigma Σ varPhi Φ varPsi Ψ varOmega Ω backprime ‵ bigstar ★ lozenge ◊ blacksquare ■ clubsuit ♣ diamondsuit ♢ heartsuit ♡ spadesuit ♠"
)
OPERATORS = _pairs(
    "sum ∑ prod ∏ coprod ∐ int ∫ iint ∬ oint ∮ forall ∀ exists ∃ nexists ∄ neg ¬ lnot ¬ "
    "iiint ∭ bigcup ⋃ bigcap ⋂ bigoplus ⨁ bigotimes ⨂ bigodot ⨀ bigvee ⋁ bigwedge ⋀ biguplus ⨄ bigsqcup ⨆"
)
RELATIONS = _pairs(
    "times × cdot · div ÷ pm ± mp ∓ ast * star ⋆ circ ∘ bullet • oplus ⊕ ominus ⊖ otimes ⊗ odot ⊙ cup ∪ cap ∩ sqcup ⊔ "
    "wedge ∧ land ∧ vee ∨ lor ∨ setminus ∖ backslash \\ sim ~ simeq ≃ approx ≈ cong ≅ asymp ≍ equiv ≡ doteq ≐ "
    "neq ≠ ne ≠ leq ≤ le ≤ leqslant ≤ geq ≥ ge ≥ geqslant ≥ ll ≪ gg ≫ lesssim ≲ gtrsim ≳ lt < gt > prec ≺ succ ≻ "
    "preceq ⪯ succeq ⪰ propto ∝ in ∈ notin ∉ ni ∋ subset ⊂ supset ⊃ subseteq ⊆ supseteq ⊇ subsetneq ⊊ mid | parallel ∥ "
    "perp ⊥ to → rightarrow → longrightarrow → leftarrow ← gets ← leftrightarrow ↔ Rightarrow ⇒ Longrightarrow ⇒ "
    "implies ⇒ Leftarrow ⇐ Leftrightarrow ⇔ iff ⇔ mapsto ↦ longmapsto ↦ hookrightarrow ↪ rightharpoonup ⇀ uparrow ↑ "
    "downarrow ↓ nearrow ↗ searrow ↘ rightsquigarrow ⇝ leadsto ⇝ vdash ⊢ models ⊨ colon : coloneqq ≔ triangleq ≜ "
    "rtimes ⋊ ltimes ⋉ bowtie ⋈ smallsetminus ∖ "
    "nmid ∤ nparallel ∦ nsim ≁ ncong ≇ nleq ≰ ngeq ≱ nless ≮ ngtr ≯ nsubseteq ⊈ supsetneq ⊋ sqsubset ⊏ sqsubseteq ⊑ sqsupseteq ⊒ "
    "sqcap ⊓ uplus ⊎ amalg ⨿ wr ≀ diamond ⋄ lhd ◁ rhd ▷ unlhd ⊴ triangleleft ◁ triangleright ▷ trianglelefteq ⊴ dashv ⊣ vDash ⊨ "
    "Vdash ⊩ preccurlyeq ≼ succcurlyeq ≽ lessapprox ⪅ gtrapprox ⪆ approxeq ≊ eqsim ≂ lessgtr ≶ gtrless ≷ leqq ≦ geqq ≧ owns ∋ "
    "longleftarrow ← longleftrightarrow ↔ Longleftrightarrow ⇔ impliedby ⇐ hookleftarrow ↩ twoheadrightarrow ↠ rightarrowtail ↣ "
    "rightleftharpoons ⇌ leftrightarrows ⇆ rightrightarrows ⇉ Uparrow ⇑ Downarrow ⇓ updownarrow ↕ upharpoonright ↾ nrightarrow ↛ "
    "boxtimes ⊠ boxplus ⊞ circledast ⊛ dotplus ∔ varpropto ∝ therefore ∴ because ∵ Join ⋈ eqqcolon ≕ smile ⌣ frown ⌢ nwarrow ↖ swarrow ↙"
)
FENCES = _pairs(
    "langle ⟨ rangle ⟩ lceil ⌈ rceil ⌉ lfloor ⌊ rfloor ⌋ lvert | rvert | vert | lVert ‖ rVert ‖ Vert ‖ lbrace { rbrace } "
    "lbrack [ rbrack ] ldots … dots … dotsc … dotsb ⋯ cdots ⋯ vdots ⋮ ddots ⋱ dagger † dag † ddagger ‡ square □ Box □ "
    "triangle △ checkmark ✓ flat ♭ sharp ♯ natural ♮ angle ∠ surd √ percnt % P ¶ S § copyright © pounds £ euro €"
)
FUNCTIONS = frozenset(
    "log ln lg exp max min sup inf lim limsup liminf sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh coth det dim "
    "ker deg gcd arg hom Pr argmax argmin mod bmod".split()
)
"""Names that are read as words, with a space before what they are applied to."""
SIGNS = LETTERS | OPERATORS | RELATIONS | FENCES
MARKS = {
    "hat": "\u0302",
    "widehat": "\u0302",
    "tilde": "\u0303",
    "widetilde": "\u0303",
    "bar": "\u0304",
    "overline": "\u0304",
    "vec": "\u20d7",
    "overrightarrow": "\u20d7",
    "dot": "\u0307",
    "ddot": "\u0308",
    "check": "\u030c",
    "breve": "\u0306",
    "acute": "\u0301",
    "grave": "\u0300",
    "mathring": "\u030a",
    "underline": "\u0332",
    "underbar": "\u0332",
    "dddot": "\u20db",
    "overleftarrow": "\u20d6",
    "widecheck": "\u030c",
}
"""Accents over one letter of a formula, as the combining character that follows it; over more, the word: `hat(AB)`."""
FONTS = frozenset(
    "text textrm textbf textit textsl textsc textsf texttt textnormal textmd textup emph mbox hbox fbox mathrm mathbf mathcal mathbb "
    "mathit mathsf mathtt mathfrak mathscr mathds mathbbm mathnormal boldsymbol bm pmb operatorname mathop mathbin mathrel mathord "
    "underbrace overbrace boxed ensuremath smash bf it rm sf tt cal em sl sc displaystyle textstyle scriptstyle limits nolimits".split()
)
WORDS = frozenset(
    "text textrm textbf textit textsl textsc textsf texttt textnormal textmd textup emph mbox hbox fbox".split()
)
"""Fonts whose argument is words, with the spaces as written."""
SWITCHES = frozenset("bf it rm sf tt cal em sl sc displaystyle textstyle scriptstyle limits nolimits".split())
"""Commands that change what follows, and take no argument."""
SIZES = frozenset("left right middle big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr bigm Bigm".split())
"""Sizes of a fence, which alone is read."""
SPACES = {
    ",": " ",
    ";": " ",
    ":": " ",
    ">": " ",
    " ": " ",
    "\n": " ",
    "!": "",
    "/": "",
    "quad": " ",
    "qquad": " ",
    "enspace": " ",
    "thinspace": " ",
}
ESCAPED = frozenset("%$&#_{}")
