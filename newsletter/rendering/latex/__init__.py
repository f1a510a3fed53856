r"""Soften the LaTeX that abstracts carry, once, for every output: `\textbf{X}` becomes strong X, `$\lambda_i$` becomes λᵢ, `\%` becomes %.

No formula is typeset. The rules are in docs/rendering.md; they depend on nothing but the text. Whatever is not understood
stays as it was written, whole. `words` says what is LaTeX in running text, `dollars` what is a formula, `formulas` what it says,
`symbols` and `accents` are tables. pylatexenc reads 98 of 214 cases as they are meant, and was not taken: docs/rendering.md.
"""

from newsletter.rendering.latex.lines import line_losses, pieces, read_escapes, soften_line
from newsletter.rendering.latex.plugin import latex_plugin

__all__ = ["latex_plugin", "line_losses", "pieces", "read_escapes", "soften_line"]
