"""Near titles are shown together where the words say the same, and not where one of them was put in the place of another."""

# ruff: noqa: SIM905 - a list of words reads best as words
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.sources import near_titles
from newsletter.sources.near_titles import NearTitle, clusters_of, is_near

SAME = [
    ("Reed Lab releases Egret 4 with a privacy report", "Introducing Egret 4 & its privacy report"),
    (
        "Phone maker sheds 8% of its people — and blames <robots>",
        "Phone maker sheds 8 percent of people, blames robots",
    ),
    ("Orchard opens its weights for Plum 3", "Plum 3: Orchard opens weights"),
    ("Orchard raises $400 million at a $3 billion valuation", "Orchard raises $400M at $3B valuation"),
    ("EU passes the AI act's second part", "Second part of the AI Act passed by the EU"),
    ("A data center in Oslo caught fire on Monday", "Fire in Oslo data centre on Monday"),
    (
        "Regulator fines Tide Networks over leaked voice recordings",
        "Tide Networks fined by regulator for voice recordings leak",
    ),
    ("Kestrel 7B beats larger models on code", "Small model Kestrel 7B beats larger models on code"),
    ("Weaver, an open source compiler for tensors, reaches 1.0", "Open source tensor compiler Weaver hits 1.0"),
    ("Court rules scraped books were fair use in Larch case", "Scraped books are fair use, court rules in Larch case"),
    ("Show HN: Loom, a database for time series in one file", "Loom: a time series database in a single file"),
    ("Sparrow drops support for Python 3.9", "Sparrow drops Python 3.9 support"),
    ("Quanta's new chip doubles memory bandwidth", "New Quanta chip doubles bandwidth of memory"),
    (
        "Researchers find backdoor in popular JavaScript package",
        "Backdoor found in popular JavaScript package by researchers",
    ),
    (
        "Maple Labs co-founder leaves to start robotics company",
        "Maple Labs cofounder departs to start a robotics company",
    ),
    ("Cloud outage takes down half of northern Europe", "Half of northern Europe hit by cloud outage"),
    (
        "Japan plans a public supercomputer for language models",
        "Japan is planning public supercomputer for language models",
    ),
    (
        "The model card of Finch says it was trained on 12 trillion tokens",
        "Finch was trained on 12 trillion tokens, its model card says",
    ),
    ("Café Noir\N{RIGHT SINGLE QUOTATION MARK}s engine is now free software", "Cafe Noir engine: now free software"),
    ("Larch ships a browser for the blind", "A browser for the blind by Larch"),
]
MISSED = {
    "Researchers find backdoor in popular JavaScript package",
    "Maple Labs co-founder leaves to start robotics company",
}
MISSED |= {"Cloud outage takes down half of northern Europe"}
"""Those of SAME that are not found: a word was put in the place of another, and only the sense says that it is the same."""
OTHER = [
    ("Orchard raises $400 million at a $3 billion valuation", "Orchard raises $500 million at a $3 billion valuation"),
    ("Kestrel 7B beats larger models on code", "Kestrel 13B beats larger models on code"),
    ("Sparrow drops support for Python 3.9", "Sparrow adds support for Python 3.9"),
    ("Shares of Quanta rise after results", "Shares of Quanta fall after results"),
    ("Senate approves the model registry bill", "Senate rejects the model registry bill"),
    ("Weekly open thread: what are you reading", "Weekly open thread: what are you building"),
    ("A survey of retrieval for language models", "A survey of alignment for language models"),
    ("Attention is enough for speech recognition", "Attention is enough for image generation"),
    ("Ask HN: How do you store photos?", "Ask HN: How do you print photos?"),
    ("Learning to reason with sparse rewards", "Learning to plan with sparse rewards"),
    ("Maple Labs opens an office in Tokyo", "Maple Labs opens an office in Zurich"),
    ("Maple Labs hires a chief scientist", "Maple Labs fires a chief scientist"),
    ("Release notes for Weaver 1.0", "Release notes for Weaver 1.1"),
    ("This week in compilers", "This week in databases"),
    ("EU opens inquiry into Tide Networks", "US opens inquiry into Tide Networks"),
    ("Apple sues Orchard over patents", "Orchard sues Apple over patents"),
    ("Introducing Egret 4 & its privacy report", "Introducing Egret 4 for teachers"),
    ("Why we moved to Postgres", "Why we moved away from Postgres"),
    ("How Finch was trained", "How Finch was evaluated"),
    (
        "Benchmarking large language models on medical questions",
        "Benchmarking large language models on legal questions",
    ),
    ("Efficient fine-tuning of vision transformers", "Efficient inference of vision transformers"),
    ("Open source models are catching up", "Open source models are not catching up"),
    ("Model of the day: Kestrel", "Model of the day: Heron"),
    ("Cloud outage takes down half of northern Europe", "Cloud provider explains outage of northern Europe"),
    ("Quanta's new chip doubles memory bandwidth", "Quanta's new chip is delayed to spring"),
    ("Short", "Short words"),
    ("Plum 3", "Plum 3 weights"),
]
TAKEN = {"Apple sues Orchard over patents"}
"""Those of OTHER that are taken for the same: the words are, and only their order differs."""
WORDS = st.lists(
    st.sampled_from("Orchard opens weights of Plum 3 raises cuts not models for code to in 40%".split()), max_size=12
).map(" ".join)


def near(one: str, other: str) -> bool:
    return is_near(NearTitle(1, one), NearTitle(2, other))


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_news_in_other_words_is_near_but_for_those_that_are_known_to_be_missed(one: str, other: str) -> None:
    assert near(one, other) is (one not in MISSED)


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_other_news_in_the_same_words_is_not_near_but_for_the_known_one(one: str, other: str) -> None:
    assert near(one, other) is (one in TAKEN)


@given(WORDS | st.text(), WORDS | st.text())
def test_near_is_the_same_both_ways_and_holds_for_any_text(one: str, other: str) -> None:
    assert near(one, other) is near(other, one)


def test_what_has_the_same_origin_is_not_near() -> None:
    title = "Links that were worth reading today"
    assert is_near(NearTitle(1, title, "a"), NearTitle(2, title, "b"))
    assert not is_near(NearTitle(1, title, "a"), NearTitle(2, title, "a"))


def titles(*texts: str) -> list[NearTitle]:
    return [NearTitle(number, text) for number, text in enumerate(texts, start=1)]


def test_a_cluster_is_named_by_its_oldest() -> None:
    pool = titles(
        "Orchard opens its weights for Plum 3",
        "Something else entirely happened somewhere",
        "Plum 3: Orchard opens weights",
        "Orchard opens Plum 3 weights to all",
    )
    assert clusters_of(pool, pool, {}) == {1: 1, 3: 1, 4: 1}
    assert clusters_of(pool[3:], pool, {1: 1, 3: 1}) == {4: 1}
    assert clusters_of(pool[3:], pool, {1: 1, 3: 1, 4: 1}) == {}


def test_two_clusters_that_meet_stay_two() -> None:
    pool = titles(
        "Orchard opens its weights for Plum 3", "Plum 3: Orchard opens weights", "Orchard opens Plum 3 weights"
    )
    assert clusters_of(pool[2:], pool, {1: 1, 2: 2}) == {3: 1}


def test_a_thousand_titles_alike_are_not_compared_each_with_each(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = 0

    def counted(one: NearTitle, other: NearTitle) -> bool:
        nonlocal compared
        compared += 1
        return is_near(one, other)

    monkeypatch.setattr(near_titles, "is_near", counted)
    pool = titles(*[f"Weekly open thread about boats of every kind number {n}" for n in range(1000)])
    clusters_of(pool, pool, {})
    assert 0 < compared <= 12 * len(pool)
