"""Who wrote an issue: by slug, by name, or several of both."""

from __future__ import annotations

import dataclasses

import pytest

from newsletter.model.brand import Author
from newsletter.rendering.furniture.bylines import authors, byline, unknown_slugs
from tests.rendering.documents import BRAND, RENDERER, document

ADA = Author("ada", "Ada Example", "https://ada.example/face.png", "Writes *here*.", "https://ada.example/")
GRACE = Author("grace-h", "Grace H.")
OURS = dataclasses.replace(BRAND, authors=(ADA, GRACE, Author("old", "Old Hand", removed=True)))


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("ada", "Ada Example"),
        ("ada, grace-h", "Ada Example, Grace H."),
        ("ada,Somebody Else", "Ada Example, Somebody Else"),
        ("Ada Example", "Ada Example"),
        ("Grace Hopper, PhD", "Grace Hopper, PhD"),
        ("old", "Old Hand"),
        ("Erd\\H{o}s", "Erdős"),
        ("", ""),
    ],
)
def test_slugs_become_names_and_names_stay(written: str, shown: str) -> None:
    assert byline(written, OURS) == shown
    assert byline(written, BRAND) == shown or "ada" in written or "old" in written


def test_only_an_author_with_more_than_a_name_is_shown_at_the_end() -> None:
    (shown,) = authors("ada, grace-h, ada", OURS)
    assert (shown.name, shown.url, shown.bio) == ("Ada Example", "https://ada.example/", "Writes <em>here</em>.")
    assert 'width="48"' in shown.avatar


@pytest.mark.parametrize("base_url", ["https://news.example.org", "http://127.0.0.1:8000"])
def test_an_avatar_of_the_service_is_shown_with_its_host_in_mail_and_page(base_url: str) -> None:
    address = "/images/" + "a" * 64 + ".png"
    ours = dataclasses.replace(OURS, base_url=base_url, authors=(dataclasses.replace(ADA, avatar=address),))
    doc = document(author="ada")
    for shown in (RENDERER.email(doc, ours, byte_budget=100_000).html, RENDERER.web(doc, ours)):
        assert f'src="{base_url}{address}"' in shown
        assert 'src="/images' not in shown


def test_a_slug_of_nobody_is_found() -> None:
    assert unknown_slugs("adaa", OURS) == ["adaa"]
    assert unknown_slugs("ada, grace", OURS) == ["grace"]
    assert unknown_slugs("Ada Example", OURS) == []
    assert unknown_slugs("adaa", BRAND) == []


def test_the_byline_is_the_same_in_every_output() -> None:
    doc = document(author="ada, Grace")
    mail = RENDERER.email(doc, OURS, byte_budget=100_000)
    assert "Ada Example, Grace" in mail.html
    assert "Ada Example, Grace" in mail.text


def test_a_bio_cannot_run() -> None:
    wild = dataclasses.replace(
        BRAND, authors=(dataclasses.replace(ADA, bio="<script>alert(1)</script><b>x", name="<b>A"),)
    )
    for shown in (
        RENDERER.email(document(author="ada"), wild, byte_budget=100_000).html,
        RENDERER.web(document(author="ada"), wild),
    ):
        assert "<script" not in shown
        assert "&lt;b&gt;A" in shown
