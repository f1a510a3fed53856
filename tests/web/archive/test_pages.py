from __future__ import annotations

import json
from datetime import date
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest
from bs4 import BeautifulSoup

from newsletter.archive import pages, sections
from newsletter.bootstrap import Parts
from newsletter.issues.parsing import parse_issue
from newsletter.model import Publication
from newsletter.model.brand import Author, brand_of
from newsletter.publications.authors import AuthorChange
from tests.parts.actors import OPERATOR
from tests.web.places import Visitor, add_publication, make_document, publish

ISSUE = "/orchard/2026-03-02"


def soup(response: httpx.Response) -> BeautifulSoup:
    return BeautifulSoup(response.text, "html.parser")


def test_the_front_page_leads_to_each_publication(visitor: Visitor) -> None:
    page = soup(visitor.get("/"))
    assert page.select_one('h2 a[href="/orchard"]').text == "The Orchard Letter"
    assert page.select_one('a[href="/orchard/2026-03-03"]') is not None


def test_the_index_lists_issues_newest_first_with_the_form_and_all_sections(visitor: Visitor) -> None:
    page = soup(visitor.get("/orchard"))
    assert [a["href"] for a in page.select(".issues a")] == [f"/orchard/2026-03-0{n}" for n in (3, 2, 1)]
    assert [a.text for a in page.select(".all a")] == ["All papers", "Tables"], (
        "a section that never held an item leads nowhere"
    )
    assert page.select_one("form.subscribe")["action"] == "/orchard/subscribe"
    assert page.select_one("link[rel=canonical]")["href"] == "http://news.test/orchard"


def test_earlier_issues_are_one_link_away(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PAGE", 2)
    first = soup(visitor.get("/orchard"))
    second = soup(visitor.get(first.select_one("a[rel=next]")["href"]))
    assert [a["href"] for a in second.select(".issues a")] == ["/orchard/2026-03-01"]
    assert second.select_one("a[rel=next]") is None
    assert second.select_one("form") is None


def test_an_issue_page_holds_every_item_and_says_what_it_is(visitor: Visitor) -> None:
    page = soup(visitor.get(ISSUE))
    text = page.get_text(" ", strip=True)
    for part in ("Letter 2026-03-02", "Ada Crabtree", "Monday, March 2, 2026", "Grafting number 1", "Russet", "15.1"):
        assert part in text
    properties = {m["property"]: m["content"] for m in page.select("meta[property]")}
    assert properties["og:title"] == "Letter 2026-03-02"
    assert properties["og:url"] == page.select_one("link[rel=canonical]")["href"] == f"http://news.test{ISSUE}"
    assert properties["og:description"] == "A short word before."
    assert page.select_one("link[type='text/markdown']")["href"] == f"http://news.test{ISSUE}.md"
    assert page.select_one("link[type='application/atom+xml']")["href"] == "http://news.test/orchard/feed.atom"


def test_the_contents_lead_to_headings_that_exist(visitor: Visitor) -> None:
    page = soup(visitor.get(ISSUE))
    targets = [a["href"] for a in page.select(".contents a")]
    assert targets == ["#papers", "#tables"]
    assert all(page.select_one(target) is not None for target in targets)


def test_an_issue_leads_to_its_neighbours(visitor: Visitor) -> None:
    page = soup(visitor.get(ISSUE))
    assert page.select_one("a[rel=prev]")["href"] == "/orchard/2026-03-01"
    assert page.select_one("a[rel=next]")["href"] == "/orchard/2026-03-03"


def test_a_date_is_written_in_the_issues_language(visitor: Visitor, parts: Parts, orchard: Publication) -> None:
    german = make_document("garten", date(2026, 3, 5), language="de")
    publish(parts.database, orchard, german)
    heading = soup(visitor.get("/orchard/garten")).select_one(".heading")
    assert heading["lang"] == "de"
    assert heading.select_one("time").text == "Donnerstag, 5. März 2026"


def test_an_issue_in_a_language_from_right_to_left_says_so(
    visitor: Visitor, parts: Parts, orchard: Publication
) -> None:
    publish(parts.database, orchard, make_document("bustan", date(2026, 3, 5), language="ar", title="بستان"))
    page = soup(visitor.get("/orchard/bustan"))
    assert page.select_one(".heading")["dir"] == page.select_one("article.issue")["dir"] == "rtl"


def test_what_is_not_published_is_not_there(visitor: Visitor) -> None:
    for path in ("", ".md", "/papers/grafting-1"):
        assert visitor.get(f"/orchard/2026-03-09{path}").status_code == 404
    assert "2026-03-09" not in visitor.get("/orchard").text + visitor.get("/orchard/feed.atom").text


def test_an_item_has_a_page_of_its_own(visitor: Visitor) -> None:
    page = soup(visitor.get(f"{ISSUE}/papers/grafting-2"))
    assert page.title.text == "Grafting number 2 of 2026-03-02 · The Orchard Letter"
    assert "Abstract 2 of 2026-03-02" in page.text and "Abstract 1" not in page.text
    assert page.select_one("link[rel=canonical]")["href"] == f"http://news.test{ISSUE}/papers/grafting-2"
    assert visitor.get(f"{ISSUE}/papers/nothing").status_code == 404


def test_every_permalink_on_an_issue_page_answers(visitor: Visitor) -> None:
    links = [a["href"] for a in soup(visitor.get(ISSUE)).select("a.permalink")]
    assert len(links) == 3
    assert {visitor.get(link).status_code for link in links} == {200}


def test_all_papers_shows_the_items_of_every_issue(visitor: Visitor) -> None:
    page = soup(visitor.get("/orchard/all/papers"))
    assert page.h1.text == "All papers"
    assert [t["datetime"] for t in page.select("section h2 time")] == ["2026-03-03", "2026-03-02", "2026-03-01"]
    for day in (1, 2, 3):
        for number in (1, 2):
            assert f"Abstract {number} of 2026-03-0{day}." in page.text


def test_all_papers_can_be_narrowed_to_a_category(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sections, "PAGE", 2)
    page = soup(visitor.get("/orchard/all/papers?category=trees.GR"))
    assert page.select_one("[aria-current=page]").text.split() == ["trees.GR", "3"]
    assert "Abstract 1" in page.text and "Abstract 2 " not in page.text
    older = soup(visitor.get(page.select_one("a[rel=next]")["href"]))
    assert "Abstract 1 of 2026-03-01." in older.text and "2026-03-03" not in older.text


def test_an_empty_section_has_its_page_and_an_unknown_one_has_not(visitor: Visitor) -> None:
    assert "Nothing here yet" in visitor.get("/orchard/all/wire").text
    assert visitor.get("/orchard/all/nowhere").status_code == 404


def test_the_markdown_of_an_issue_reads_back_as_the_same_document(visitor: Visitor) -> None:
    answer = visitor.get(f"{ISSUE}.md")
    assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
    assert parse_issue(answer.text) == make_document("2026-03-02", date(2026, 3, 2))


@pytest.mark.parametrize(
    "path",
    ["/", "/orchard", ISSUE, f"{ISSUE}.md", f"{ISSUE}/papers/grafting-1", "/orchard/all/papers", "/orchard/feed.atom"],
)
def test_a_page_the_visitor_has_is_not_sent_again(visitor: Visitor, path: str) -> None:
    first = visitor.get(path)
    assert "public" in first.headers["cache-control"]
    again = visitor.get(path, if_none_match=f'"other", {first.headers["etag"]}')
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert visitor.get(path, if_none_match='"other"').status_code == 200


def test_the_feed_also_answers_to_if_modified_since(visitor: Visitor) -> None:
    feed = visitor.get("/orchard/feed.atom")
    assert feed.headers["last-modified"] == "Tue, 03 Mar 2026 06:30:00 GMT"
    assert visitor.get("/orchard/feed.atom", if_modified_since=feed.headers["last-modified"]).status_code == 304
    assert visitor.get("/orchard/feed.atom", if_modified_since="Mon, 02 Mar 2026 06:30:00 GMT").status_code == 200
    assert visitor.get("/orchard/feed.atom", if_modified_since="yesterday").status_code == 200


def test_an_issue_page_changes_its_tag_when_a_newer_issue_comes(
    visitor: Visitor, parts: Parts, orchard: Publication
) -> None:
    before = visitor.get("/orchard/2026-03-03").headers["etag"]
    publish(parts.database, orchard, make_document("2026-03-04", date(2026, 3, 4)))
    assert visitor.get("/orchard/2026-03-03", if_none_match=before).status_code == 200


def test_a_page_shows_an_author_who_was_changed_at_once(visitor: Visitor, parts: Parts, orchard: Publication) -> None:
    publish(parts.database, orchard, make_document("n9", date(2026, 3, 9), author="ada"))
    parts.authors.add(orchard.id, Author("ada", "Ada Example", bio="Grows apples."), by=OPERATOR)
    before = visitor.get("/orchard/n9")
    assert '<meta name="author" content="Ada Example">' in before.text
    assert "Grows apples." in before.text
    parts.authors.change(orchard.id, "ada", AuthorChange(bio="Grows pears."), by=OPERATOR)
    after = visitor.get("/orchard/n9", if_none_match=before.headers["etag"])
    assert (after.status_code, "Grows pears." in after.text) == (200, True)


def test_hostile_words_stay_words(visitor: Visitor, parts: Parts) -> None:
    evil = '"><script>alert(1)</script>'
    publication = add_publication(parts.database, "evil", name=evil, description=evil, postal_address=evil)
    document = make_document("one", date(2026, 3, 1), title=evil, author=evil, preheader=evil, subject=evil)
    publish(parts.database, publication, document)
    for path in ("/", "/evil", "/evil/one", "/evil/one/papers/grafting-1", "/evil/all/papers", "/evil/subscribe"):
        answer = visitor.get(path)
        assert answer.status_code == 200
        for script in soup(answer).find_all("script"):
            assert script["type"] == "application/ld+json" and "<" not in script.string
            assert evil in json.dumps(json.loads(script.string), ensure_ascii=False).replace('\\"', '"')
    assert visitor.get("/evil/feed.atom").text.count("<script") == 0


def test_robots_are_kept_from_tokens_and_the_desk(visitor: Visitor) -> None:
    text = visitor.get("/robots.txt").text
    for path in ("/u/", "/v/", "/confirm/", "/desk", "/inbox"):
        assert f"Disallow: {path}\n" in text


def structured(page: BeautifulSoup) -> dict[str, Any]:
    """Return the JSON-LD of a page."""
    return json.loads(page.select_one("script[type='application/ld+json']").string)


def test_an_issue_and_a_paper_say_what_they_are_to_search_engines(visitor: Visitor) -> None:
    issue = structured(soup(visitor.get(ISSUE)))
    assert (issue["@type"], issue["headline"], issue["author"]["name"]) == (
        "NewsArticle",
        "Letter 2026-03-02",
        "Ada Crabtree",
    )
    listed = issue["mainEntity"]["itemListElement"]
    assert [entry["position"] for entry in listed] == list(range(1, len(listed) + 1))
    paper = structured(soup(visitor.get(f"{ISSUE}/papers/grafting-1")))
    assert paper["@type"] == "ScholarlyArticle" and paper["isPartOf"]["url"] == issue["url"]
    assert paper["url"] in [entry["url"] for entry in listed]


def test_the_policy_lets_no_inline_script_run_though_data_stands_in_one(visitor: Visitor) -> None:
    policy = visitor.get(ISSUE).headers["content-security-policy"]
    assert "script-src 'self'" in policy and "unsafe-inline" not in policy


def test_an_items_page_has_its_title_as_heading_and_its_words_as_description(visitor: Visitor) -> None:
    page = soup(visitor.get(f"{ISSUE}/papers/grafting-1"))
    assert [heading.a.text for heading in page.select("h1")] == ["Grafting number 1 of 2026-03-02"]
    assert not page.select("h3")
    assert page.select_one("meta[name=description]")["content"]


def test_an_issue_with_a_picture_is_shared_with_it_and_one_without_is_a_plain_card(
    visitor: Visitor, parts: Parts, orchard: Publication
) -> None:
    pictured = make_document("tree", date(2026, 3, 5), lead="![a tree](https://pics.example/tree.png?a=1&b=2)")
    publish(parts.database, orchard, pictured)
    page, plain = soup(visitor.get("/orchard/tree")), soup(visitor.get(ISSUE))
    assert page.select_one("meta[property='og:image']")["content"] == "https://pics.example/tree.png?a=1&b=2"
    assert page.select_one("meta[name='twitter:card']")["content"] == "summary_large_image"
    assert structured(page)["image"] == ["https://pics.example/tree.png?a=1&b=2"]
    # its table has bars, and offers its chart
    assert plain.select_one("meta[property='og:image']")["content"].endswith(".card.png")
    bare = make_document("bare", date(2026, 3, 6))
    none = [section for section in bare.sections if section.kind != "tables"]
    publish(parts.database, orchard, bare.model_copy(update={"sections": tuple(none)}))
    assert soup(visitor.get("/orchard/bare")).select_one("meta[property='og:image']") is None


def test_the_sitemap_lists_what_is_public_and_robots_know_it(visitor: Visitor) -> None:
    answer = visitor.get("/sitemap.xml")
    assert answer.headers["content-type"] == "application/xml"
    found = [loc.text for loc in ET.fromstring(answer.text).iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert f"http://news.test{ISSUE}" in found and "http://news.test/orchard/all/papers" in found
    assert "http://news.test/orchard/all/wire" not in found, "nothing stands there"
    assert "Sitemap: http://news.test/sitemap.xml\n" in visitor.get("/robots.txt").text


def test_the_json_feed_says_what_the_atom_feed_says(visitor: Visitor) -> None:
    answer = visitor.get("/orchard/feed.json")
    assert answer.headers["content-type"] == "application/feed+json"
    feed = answer.json()
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    atom = ET.fromstring(visitor.get("/orchard/feed.atom").text)
    name = "{http://www.w3.org/2005/Atom}"
    entries = atom.findall(f"{name}entry")
    for field, tag in (("id", "id"), ("title", "title"), ("content_html", "content"), ("date_modified", "updated")):
        assert [item[field] for item in feed["items"]] == [entry.findtext(f"{name}{tag}") for entry in entries]


def test_mail_text_page_and_feeds_carry_one_headline(visitor: Visitor, parts: Parts, orchard: Publication) -> None:
    issue = make_document("one", date(2026, 3, 5), title=orchard.name, subject=f"{orchard.name}: frost at dawn")
    publish(parts.database, orchard, issue)
    mail = parts.renderer.email(issue, brand_of(orchard, "http://news.test"), byte_budget=100_000)
    page = soup(visitor.get("/orchard/one"))
    assert page.h1.text == page.select_one("meta[property='og:title']")["content"] == "Frost at dawn"
    assert " ".join(BeautifulSoup(mail.html, "html.parser").h1.text.split()) == "Frost at dawn"
    assert "Frost at dawn\n======" in mail.text
    assert visitor.get("/orchard/feed.json").json()["items"][0]["title"] == "Frost at dawn"
    assert "<title>Frost at dawn</title>" in visitor.get("/orchard/feed.atom").text
