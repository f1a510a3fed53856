"""No word reaches a reader that stands in no catalogue; and the reading that says so finds what is hidden from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.words_outside import PLACE, in_module, in_template

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "templates"
NOT_FOR_READERS = (
    *("web/desk/", "web/inbox/", "sample/"),
    *(f"notice/{kind}." for kind in ("alert", "signin", "team_invite", "password_reset")),
)
"""Templates that speak English to editors and operators."""
SPEAKING = (
    "paging.py",
    "rendering/headlines.py",
    *(f"archive/{name}.py" for name in ("board_history", "charts", "course_lines", "feeds", "pages", "sections")),
    "sources/boards.py",
    *(
        f"audience/{name}.py"
        for name in (
            "asking",
            "confirming",
            "declining",
            "ended",
            "mail_links",
            "reader",
            "told_at_sign_up",
            "unsubscribing",
        )
    ),
    *(f"audience/{name}.py" for name in ("answering", "invitation_mail", "tracking_consent", "wording")),
    "delivery/welcoming.py",
    "feedback/voting.py",
    *(f"rendering/furniture/{name}.py" for name in ("bars", "changes", "charts", "dressing", "polls", "sponsors")),
    "mail/address.py",
    *(
        f"rendering/{name}.py"
        for name in (
            "content",
            "facts",
            "language",
            "mail_html",
            "mail_page",
            "mail_sentences",
            "notices",
            "plain_text",
        )
    ),
    *(f"rendering/{name}.py" for name in ("plain_blocks", "plain_table", "renderer", "speaking", "catalogue")),
    *(f"rendering/{name}.py" for name in ("plain_grid", "plain_inline", "plain_links", "callouts")),
    "tokens.py",
)
"""Modules outside of the web door whose words may reach a reader."""
WEB_FOR_OTHERS = {
    *("__init__.py", "accent.py", "assets.py", "framing.py", "forwarding.py", "inbox.py"),
    *(
        "provenance.py",
        "proving.py",
        "machine/api.py",
        "machine/health.py",
        "machine/hooks.py",
        "machine/scraping.py",
        "sessions.py",
        "typed.py",
        "uploads.py",
    ),
}
"""Files of the web door that write no page for readers."""
OTHERS_HEAR = {
    "web/public/confirm.py": {"confirm page", "invitation page"},  # where consent was given, in the ledger
    "web/public/unsubscribe.py": {"address page"},
    "web/public/tracking_consent.py": {"address page"},
    "archive/pages.py": {
        "this issue has another address",
        "this publication has another address",
    },  # becomes a redirect
    "archive/charts.py": {"this chart has another address"},  # becomes a redirect
    "rendering/furniture/charts.py": {  # markup
        f'<img src="{PLACE}" alt="{PLACE}" width="{PLACE}" height="{PLACE}">',
        "(prefers-color-scheme: dark)",
        '<img data-media="([^"]*)" src="([^"]*)" alt="" ',
        f'<img data-media="{PLACE}" src="{PLACE}" alt="" width="{PLACE}" height="{PLACE}">',
        r'<source media="\1" srcset="\2" ',
    },
    "web/archive/pages.py": {"public, max-age=86400", "text/markdown; charset=utf-8"},
    "web/bodies.py": {f'--{PLACE}\r\nContent-Disposition: form-data; name="{PLACE}"\r\n\r\n{PLACE}\r\n'},
    "web/security.py": {"'self' https: data:"},
    "web/caching.py": {"public, max-age=60"},
    "web/templating.py": {"just now"},  # the desk's
    "web/errors.py": {"Back to the issue"},  # the desk's
    "archive/course_lines.py": {  # markup
        '<svg class="course" viewBox="0 0 %s %s" width="%s" height="%s" role="img" aria-label="%s">%s<circle cx="%s" cy="%s" r="2.2"/></svg>',
        f'<circle cx="{PLACE}" cy="{PLACE}" r="1.2"/>',
        f'<polyline points="{PLACE}"/>',
    },
    "archive/feeds.py": {f'<?xml version="1.0" encoding="utf-8"?>\n{PLACE}\n'},
    "audience/tracking_consent.py": {
        "by hand",
        "is it written as in the subscription?",  # the command's
        "nothing is known of this address",
    },
    "audience/answering.py": {"Unusually many sign-ups"},  # an alarm
    "audience/told_at_sign_up.py": {
        "some fields cannot be used as they were filled in"
    },  # each field has its own words
    "rendering/content.py": {
        "split it into several issues",  # preflight's, to editors
        f"the issue holds {PLACE} characters, more than {PLACE}",
        "the lead",
        "the picture",
    },
    "rendering/furniture/bars.py": {  # markup
        '<tr class="f-over"',
        '<tr class="f-over leads"',
        "<tr data-share=",
        r"<tr data-share=\"(\d{1,3})\"([^<>]*+)>((?>(?:[^<]++|<(?!/?tr))*))</tr>",
    },
    "rendering/furniture/dressing.py": {'<img width="592" '},
    "rendering/notices.py": {f"no notice of kind {PLACE}", "use a kind that has templates under notice/"},
    "rendering/plain_inline.py": {
        "p div ul ol li dl dt dd blockquote pre figure figcaption table caption thead tbody tfoot tr th td h1 h2 h3 h4 h5 h6 hr"
    },
    "rendering/renderer.py": {f"no item {PLACE} in section {PLACE}"},  # the archive asks for none that is not there
    "mail/address.py": {
        f"{PLACE} is not a domain with a name at its end",  # particulars for whoever imports a list
        f"it is longer than {PLACE} octets",
        "it holds a line break or another control character",
        f"what stands before the @ is longer than {PLACE} octets",
        f"newsletter address\0{PLACE}@{PLACE}",
        *("must have an @-sign", "something after the @-sign", "something before the @-sign", "invalid character"),
        *("unsafe character", "should have a period", "too long"),  # the library's words, by which ours are found
    },
    "tokens.py": {
        "give it those of its role: `newsletter keys derive --help`",
        "this process holds no key for tokens of this kind",
    },
}
"""Texts of those files that no reader is shown, one by one; the long alarm of `answering` is known by its beginning."""
BEGINNINGS = {"audience/answering.py": "The forms of this service were filled in so often"}


def templates() -> list[str]:
    """Return the names of the templates that readers see."""
    names = sorted(file.relative_to(TEMPLATES).as_posix() for file in TEMPLATES.rglob("*") if file.is_file())
    return [name for name in names if not name.startswith(NOT_FOR_READERS) and ".css." not in name]


def modules() -> list[str]:
    """Return the files of the package whose words readers may see."""
    web = ROOT / "newsletter/web"
    files = sorted(file.relative_to(web).as_posix() for file in web.rglob("*.py") if file.parent.name != "desk")
    return [*(f"web/{name}" for name in files if name not in WEB_FOR_OTHERS), *SPEAKING]


@pytest.mark.parametrize("name", templates())
def test_every_word_of_a_template_is_said_through_the_catalogue(name: str) -> None:
    is_html = name.endswith((".html", ".mjml.j2", ".html.j2"))
    assert in_template((TEMPLATES / name).read_text(encoding="utf-8"), is_html=is_html) == []


@pytest.mark.parametrize("name", modules())
def test_every_sentence_of_a_module_that_speaks_to_readers_is_said_through_the_catalogue(name: str) -> None:
    found = set(in_module((ROOT / "newsletter" / name).read_text(encoding="utf-8")))
    begins = BEGINNINGS.get(name)
    found = {text for text in found if not (begins and text.startswith(begins))}
    assert found == OTHERS_HEAR.get(name, set())


def test_whoever_knows_sentences_is_watched() -> None:
    package = ROOT / "newsletter"
    speaking = {
        file.relative_to(package).as_posix()
        for file in package.rglob("*.py")
        if "from newsletter.sentences import" in file.read_text(encoding="utf-8")
    }
    assert speaking and speaking <= set(modules())
    assert all((package / "web" / name).is_file() for name in WEB_FOR_OTHERS)


@pytest.mark.parametrize(
    "source",
    [
        "<p>Hello</p>",
        "<p>{{ name }}, hello</p>",
        "{% if x %}<b>{{ _('Yes') }}</b>{% else %}<b>No</b>{% endif %}",
        '<img alt="A tree" src="/a.png">',
        '<nav aria-label="Where {{ name }} stands"></nav>',
        '<input placeholder="Your name">',
        '<input type="submit" value="Go">',
        '<a title="Open" href="/">#</a>',
        '<meta name="description" content="All about {{ name }}">',
        '<meta property="og:title" content="Subscribe">',
        "<title>News · {{ name }}</title>",
        "{{ 'Saved' if saved else _('Not saved') }}",
        "{{ name or 'nobody' }}",
        "{{ name | default('nobody') }}",
        "{{ 'by ' ~ name }}",
        "{% set said = 'Hello' %}{{ said }}",
        "{% with said='Hello' %}{{ said }}{% endwith %}",
        "{{ words.joined([_('One.'), 'Two.']) }}",
        "{{ _(computed) }}",
        "{{ _('About %(what)s', what='trees') }}",
        "{% macro button() %}<button>Send</button>{% endmacro %}",
        "{% block title %}Archive{% endblock %}",
        "<p>été</p>",
        "<p>記事</p>",
    ],
)
def test_a_word_outside_is_found_wherever_it_stands_in_a_template(source: str) -> None:
    assert in_template(source, is_html=True)


@pytest.mark.parametrize(
    "source",
    [
        "<p>{{ _('Hello') }}, {{ name }} · 7 ← →</p>",
        "{% trans %}Hello{% endtrans %}",
        "{{ ngettext('one', 'several', count) }}",
        '<a class="b" rel="next" href="/x?y=z" lang="en">{{ name }}</a>',
        "{% if tracked == 'granted' %}{{ day | short_date('en') }}{% endif %}",
        "{% set here = '/' ~ slug ~ '/all/' %}<a href=\"{{ here }}\">#</a>",
        "{{ _('%(a)sarchive%(end)s', a=link('mailto:' ~ address), end=link_end) }}",
        '<meta property="og:type" content="article"><style>.a { color: red }</style>',
        "{# a comment #}<!-- another -->",
        "<link href=\"{{ static('site.css') }}\">",
    ],
)
def test_what_is_no_word_or_is_said_is_let_pass(source: str) -> None:
    assert in_template(source, is_html=True) == []


def test_a_word_outside_is_found_in_plain_text():
    assert in_template("{{ _('Hello') }}\n\n----\n{{ url }}\n", is_html=False) == []
    assert in_template("{{ url }}\nBye\n", is_html=False) == ["Bye"]


@pytest.mark.parametrize(
    "source",
    [
        'raise InputError("the name is too long")',
        'raise InputError(f"{name} is too long", remedy=sentence("shorten it"))',
        'raise InputError(sentence("the name is too long"), remedy="shorten it now")',
        'WORDS = {404: "Nothing is here"}',
        'def told():\n    """Return words."""\n    return "Hello there"',
        'lines += [f"Unsubscribe here: {url}"]',
        'raise InputError(f"{sentence(x)} and then")',
    ],
)
def test_a_sentence_outside_is_found_wherever_it_stands_in_a_module(source: str) -> None:
    assert in_module(source)


@pytest.mark.parametrize(
    "source",
    [
        'raise InputError(sentence("the name is too long"))',
        'plural("one day", "%(count)s long days", 7)',
        '"""A docstring of several words."""',
        'log.info("a request broke", kind="two words")',
        'assert x, "this cannot be"',
        'raise ValueError("a developer reads this")',
        'CODE, MARK = "slug", "a.b/c"',
    ],
)
def test_what_readers_are_not_told_is_let_pass(source: str) -> None:
    assert in_module(source) == []
