"""Images of the ledger in each output: size, dark twin and caption; those from elsewhere have a width that Outlook heeds."""

from __future__ import annotations

import re

import pytest

from newsletter import resources
from newsletter.model.document import Document
from newsletter.model.images import ShownImage, digests_in, with_host
from newsletter.rendering.renderer import Renderer
from tests.rendering.documents import BRAND, document

LIGHT, DARK, WIDE, GONE = "a" * 64, "b" * 64, "c" * 64, "d" * 64
SMALL = ShownImage(LIGHT, "png", 300, 200, alt="Words of the ledger", dark=ShownImage(DARK, "jpg", 300, 200))
IMAGES = {LIGHT: SMALL, WIDE: ShownImage(WIDE, "png", 1184, 640, caption="Kept caption", credit="Photo: Ada")}
RENDERER = Renderer(resources.TEMPLATES, lambda _publication, digests: {d: IMAGES[d] for d in digests if d in IMAGES})
HOST = "https://news.example.org"
NAME = f"/images/{LIGHT}.png"


def with_lead(lead: str) -> Document:
    return document().model_copy(update={"lead": lead, "sections": ()})


def mail(lead: str) -> str:
    return RENDERER.email(with_lead(lead), BRAND, byte_budget=100_000).html


def images_in(html: str) -> list[dict[str, str]]:
    return [dict(re.findall(r' ([a-z-]+)="([^"]*)"', tag)) for tag in re.findall(r"<img[^>]*>", html)]


@pytest.mark.parametrize(
    "lead", [f"![a](/images/{WIDE}.png)", f"![a]({HOST}/images/{WIDE}.png)", f'<img src="/images/{WIDE}.png" alt="a">']
)
def test_an_image_of_the_ledger_has_its_whole_address_and_its_size(lead: str) -> None:
    [image] = images_in(mail(lead))
    assert (image["src"], image["alt"]) == (f"{HOST}/images/{WIDE}.png", "a")
    assert (image["width"], image["height"]) == ("592", "320")
    assert "max-width:100%" in image["style"] and "height:auto" in image["style"]
    [seen] = images_in(RENDERER.web(with_lead(lead), BRAND))
    assert (seen["src"], seen["width"], seen["height"]) == (image["src"], "592", "320")
    assert "style" not in seen


@pytest.mark.parametrize(
    ("size", "width", "height"),
    [
        ("{width=480}", "480", "259"),
        ("{ width=480px }", "480", "259"),
        ("{width=9999}", "592", "320"),
        ("{height=9 width=100}", "100", "54"),
    ],
)
def test_an_editor_may_make_it_smaller(size: str, width: str, height: str) -> None:
    text = f"![a](/images/{WIDE}.png){size} behind"
    [image] = images_in(mail(text))
    assert (image["width"], image["height"]) == (width, height)
    assert "{" not in RENDERER.text(with_lead(text), BRAND)


def test_what_is_no_size_stays_words() -> None:
    assert "{width}" in mail(f"![a]({NAME}){{width}}")
    assert "{width=480}" in mail("words {width=480}")


def test_an_image_from_elsewhere_without_a_size_gets_the_width_of_the_column_in_mail_alone() -> None:
    [image] = images_in(mail("![a](https://x.example/a.png)"))
    assert image["width"] == "592"
    assert "height" not in image
    assert {"width:auto", "max-width:100%", "height:auto"} <= set(image["style"].split(";"))
    [seen] = images_in(RENDERER.web(with_lead("![a](https://x.example/a.png)"), BRAND))
    assert "width" not in seen
    [small] = images_in(mail("![a](https://x.example/a.png){width=120}"))
    assert small["width"] == "120"
    assert "width:auto" not in small["style"]


def test_light_and_dark_stand_beside_each_other_in_mail_and_the_dark_one_is_hidden() -> None:
    html = mail(f"![a]({NAME})")
    light, dark = images_in(html)
    assert (light["src"], dark["src"]) == (f"{HOST}{NAME}", f"{HOST}/images/{DARK}.jpg")
    assert light["width"] == dark["width"] == "300"
    assert (light["class"], dark["class"]) == ("on-light", "on-dark")
    assert "display:none" in dark["style"] and "mso-hide:all" in dark["style"]
    assert "display" not in light["style"]
    assert re.search(r"@media \(prefers-color-scheme:dark\)\{.*?\.on-light\{display:none !important\}", html, re.DOTALL)


def test_a_page_tells_light_from_dark_by_itself() -> None:
    html = RENDERER.web(with_lead(f"![a]({NAME})"), BRAND)
    source = f'<source media="(prefers-color-scheme: dark)" srcset="{HOST}/images/{DARK}.jpg">'
    assert f'<picture>{source}<img src="{HOST}{NAME}" alt="a" width="300" height="200"></picture>' in html
    assert "data-dark" not in html


def test_a_title_is_a_caption_in_every_output() -> None:
    issue = with_lead(f'![a]({NAME} "One & <two> **three**")')
    shown = "One &amp; &lt;two&gt; **three**"
    assert f"<figcaption>{shown}</figcaption></figure>" in RENDERER.web(issue, BRAND)
    assert re.search(rf"</p><p class=\"m\"[^>]*>{re.escape(shown)}</p>", mail(issue.lead))
    assert "[a] [1]\n\nOne & <two> **three**\n" in RENDERER.text(issue, BRAND)
    assert "title=" not in RENDERER.web(issue, BRAND)


def test_the_caption_and_credit_of_the_ledger_stand_where_the_text_has_none() -> None:
    plain = with_lead(f"![a](/images/{WIDE}.png)")
    assert "Kept caption · Photo: Ada" in RENDERER.text(plain, BRAND)
    own = with_lead(f'![a](/images/{WIDE}.png "Own")')
    assert "Own · Photo: Ada" in RENDERER.text(own, BRAND)


def test_a_caption_within_a_sentence_stands_behind_its_image() -> None:
    issue = with_lead(f'See ![a]({NAME} "the caption") here.')
    assert "See [a] [1] (the caption) here." in RENDERER.text(issue, BRAND)
    assert "<figure" not in RENDERER.web(issue, BRAND)
    assert "<small>(the caption)</small>" in RENDERER.web(issue, BRAND)


def test_images_in_a_row_and_one_that_is_a_link_have_captions_of_their_own() -> None:
    issue = with_lead(f'![a]({NAME} "one")\n[![b](https://x.example/b.png "two")](https://x.example/)\n![c]({NAME})')
    html = RENDERER.web(issue, BRAND)
    assert re.findall(r"<figcaption>(\w+)</figcaption>", html) == ["one", "two"]
    assert '<figure class="image"><a href="https://x.example/"><img' in html
    assert len(images_in(html)) == 3


def test_an_image_that_the_ledger_does_not_know_leaves_its_words() -> None:
    html = mail(f'before ![the words](/images/{GONE}.png "and these") behind')
    assert images_in(html) == []
    assert "before the words <small" in html and "(and these)" in html


def test_the_words_of_the_ledger_stand_in_for_missing_ones() -> None:
    assert images_in(mail(f"![]({NAME})"))[0]["alt"] == "Words of the ledger"


def test_a_short_address_is_no_way_around_the_rules() -> None:
    for text in (
        f"[a]({NAME})",
        f'<a href="{NAME}">a</a>',
        "![a](/images/x.png)",
        f"![a](/images/{LIGHT}.svg)",
        f"![a](//x.example{NAME})",
    ):
        assert images_in(RENDERER.web(with_lead(text), BRAND)) == []
        assert f'href="{NAME}' not in RENDERER.web(with_lead(text), BRAND)


def test_a_text_that_is_read_elsewhere_names_the_whole_address() -> None:
    text = f"![a]({NAME}) <img src='{NAME}'> https://other.example{NAME}"
    assert with_host(text, HOST) == f"![a]({HOST}{NAME}) <img src='{HOST}{NAME}'> https://other.example{NAME}"
    assert digests_in({"a": [text, {"b": f"x{NAME}"}], "c": 1}) == {LIGHT}
