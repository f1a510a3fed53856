from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.issues.parsing import parse_issue
from newsletter.model.document import Document, PaperItem, Section, SectionKind
from newsletter.rendering.heading_escapes import read_title, read_value, write_title, write_value
from newsletter.rendering.markdown_file import write_markdown

SIGNS = r"""\"o $ \em { } x_1 \{ \} ` ' '' `` [ ] ( ) \( \) \[ \ " ~ a \emph{ \textbf{ \'e $$ \, 1  """.split(" ")  # noqa: SIM905
mixtures = st.lists(st.sampled_from(SIGNS), min_size=1, max_size=12).map("".join).map(str.strip).filter(bool)


@pytest.mark.parametrize(
    ("written", "title"),
    [
        (r"Schr\"odinger and K\"{a}hler", r"Schr\"odinger and K\"{a}hler"),
        (r"codes in $\{0,1\}^n$", r"codes in $\{0,1\}^n$"),
        (r"The \"odd\" one", 'The "odd" one'),
        (r"5\% of \[this\] and it\'s", "5% of [this] and it's"),
        (r"``the \"odd\" one''", "``the \"odd\" one''"),
    ],
)
def test_a_backslash_of_latex_belongs_to_the_title_and_others_to_the_file(written, title):
    assert read_title(written) == title


def test_a_value_holds_names_in_latex_and_quotes():
    assert read_value(r"Erwin Schr\"odinger, \"Ozg\"ur") == r"Erwin Schr\"odinger, \"Ozg\"ur"
    assert read_value(r"the \"odd\" one \\ a\u0022o") == r'the "odd" one \ a"o'
    assert write_value(r"Schr\"odinger") == r"Schr\"odinger"


@given(title=mixtures, authors=mixtures, url=st.sampled_from(["", "https://example.org/a"]))
def test_any_mixture_of_signs_comes_back_from_the_file(title, authors, url):
    item = PaperItem(key="k", title=title, authors=authors, url=url)
    section = Section(title="News", slug="news", kind=SectionKind.PAPERS, items=(item,))
    document = Document(publication="demo", title="A", slug="a", date="2026-01-02", subject="A", sections=(section,))
    assert parse_issue(write_markdown(document)) == document


def test_a_backslash_at_the_end_of_a_title_is_no_line_break_of_latex() -> None:
    for title in (";\\", "a.\\", "(a)\\\\", "so!\\ b"):
        assert read_title(write_title(title, str)) == title
