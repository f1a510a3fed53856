"""Images are added all or none, stay what they are, and go only when nothing shows them."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import event, insert, select

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.errors import ConflictError, InputError, NotFoundError, UnavailableError
from newsletter.images import checks, listing
from newsletter.images.keeping import Upload
from newsletter.images.listing import file_of, markdown_of
from newsletter.model import AuditEntry, Image
from newsletter.store.database import Database
from tests.issues.samples import add_publication, issue_text
from tests.parts.actors import OPERATOR
from tests.parts.pictures import png
from tests.web.places import make_parts


@pytest.fixture
def parts(database: Database, clock: SettableClock, tmp_path: Path) -> Parts:
    return make_parts(database, clock, tmp_path)


@pytest.fixture
def home(parts: Parts) -> int:
    return add_publication(parts.database).id


def add(parts: Parts, home: int, *uploads: Upload) -> list[Image]:
    return [kept.image for kept in parts.keeping_images.add(home, uploads, by=OPERATOR)]


def rows(database: Database) -> list[Image]:
    with database.read() as session:
        return list(session.scalars(select(Image).order_by(Image.id)))


def test_an_image_is_kept_with_its_words_and_its_dark_twin(parts: Parts, home: int) -> None:
    dark = Upload("dark.png", png(shade=90))
    [image] = add(parts, home, Upload("chart.png", png(), "A chart", "A caption", "Ada", dark))
    found = listing.facts(parts.database, home, "chart.png")
    assert (found.image.alt, found.image.caption, found.image.credit) == ("A chart", "A caption", "Ada")
    assert found.dark is not None and found.dark.name == "dark.png"
    assert found.image.created_by == OPERATOR.person
    assert b"".join(parts.image_store.open(file_of(image)).pieces)


def test_to_add_it_again_changes_only_the_words_that_are_given(parts: Parts, home: int) -> None:
    [first] = add(parts, home, Upload("chart.png", png(), "A chart"))
    [again] = add(parts, home, Upload("other.png", png(), "", "A caption"))
    assert (again.id, again.name, again.alt, again.caption) == (first.id, "chart.png", "A chart", "A caption")
    add(parts, home, Upload("other.png", png()))
    with parts.database.read() as session:
        assert list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id))) == ["image.add", "image.change"]


def test_one_bad_file_stores_none(parts: Parts, home: int) -> None:
    for bad in (
        Upload("b.png", b"x"),
        Upload("b.png", png(), alt="x" * 3000),
        Upload("b.png", png(), dark=Upload("d", b"x")),
    ):
        with pytest.raises(InputError):
            add(parts, home, Upload("a.png", png()), bad)
    assert rows(parts.database) == []
    assert not parts.settings.image_folder.exists()


def test_an_image_that_is_shown_stays_and_it_is_told_by_what(parts: Parts, home: int) -> None:
    [image, other] = add(
        parts, home, Upload("chart.png", png(), dark=Upload("dark.png", png(shade=9))), Upload("b.png", png(9))
    )
    text = issue_text().replace("It opens in spring.", markdown_of(image))
    issue = parts.editing.import_issue(text, source="x", by=OPERATOR)
    with pytest.raises(ConflictError, match="the issue 2026-01-02"):
        parts.keeping_images.remove(home, "chart.png", by=OPERATOR)
    parts.deleting.delete(issue.id, by=OPERATOR)
    with pytest.raises(ConflictError, match="in the bin"):
        parts.keeping_images.remove(home, "chart.png", by=OPERATOR)
    with pytest.raises(ConflictError, match="whose dark one it is"):
        parts.keeping_images.remove(home, "dark.png", by=OPERATOR)
    parts.keeping_images.remove(home, str(other.id), by=OPERATOR)
    assert len(rows(parts.database)) == 2
    with pytest.raises(NotFoundError):
        parts.image_store.open(file_of(other))


def test_an_image_is_named_by_number_name_or_digest_and_never_by_guess(parts: Parts, home: int) -> None:
    [one, two] = add(parts, home, Upload("a.png", png(10)), Upload("a.png", png(11)))
    for word in (str(one.id), one.digest, one.digest[:8]):
        assert listing.facts(parts.database, home, word).image.id == one.id
    with pytest.raises(InputError, match="several") as caught:
        listing.facts(parts.database, home, "a.png")
    assert str(two.id) in caught.value.remedy
    for word in ("", "%", one.digest[:4], "nothing", "99999999999999999999"):
        with pytest.raises(NotFoundError):
            listing.facts(parts.database, home, word)


def test_the_line_of_an_image_is_read_as_what_it_says(parts: Parts, home: int) -> None:
    from newsletter.issues.named_images import named_images

    words = 'A [b] *c* \\ "d" <e> `f` & ]('
    [image] = add(parts, home, Upload("a.png", png(), words, 'Say "it" \\ now'))
    [named] = named_images(markdown_of(image))
    assert named.address == listing.reference_of(image)
    shown = parts.renderer.web
    assert shown
    text = issue_text().replace("It opens in spring.", markdown_of(image))
    issue = parts.editing.import_issue(text, source="x", by=OPERATOR)
    seen = str(parts.previewing.preview(issue.id, "text"))
    assert f"[{words}]" in seen
    assert 'Say "it" \\ now' in seen


def test_the_page_of_a_hundred_thousand_images_costs_what_the_first_hundred_cost(parts: Parts, home: int) -> None:
    def fill(count: int, start: int) -> None:
        facts = {
            "publication_id": home,
            "name": "a.png",
            "media_type": "image/png",
            "width": 9,
            "height": 9,
            "octets": 9,
        }
        with parts.database.write() as session:
            for at in range(start, start + count, 10_000):
                some = range(at, min(at + 10_000, start + count))
                session.execute(
                    insert(Image), [facts | {"digest": f"{n:064x}", "created_at": parts.clock.now()} for n in some]
                )

    def asked() -> list[str]:
        said: list[str] = []
        listener = lambda *given: said.append(given[2])  # noqa: E731
        event.listen(parts.database.engine, "before_cursor_execute", listener)
        page = listing.page(parts.database, home, before=None, size=24)
        deep = listing.page(parts.database, home, before=60, size=24)
        event.remove(parts.database.engine, "before_cursor_execute", listener)
        assert len(page.rows) == len(deep.rows) == 24
        return said

    fill(100, 1)
    before = asked()
    fill(99_900, 101)
    assert asked() == before
    assert all("LIMIT" in each and "OFFSET 0" not in each for each in before if "FROM images" in each)
    plan = "EXPLAIN QUERY PLAN" if parts.database.url.startswith("sqlite") else "EXPLAIN"
    with parts.database.read() as session:
        query = f"{plan} SELECT * FROM images WHERE publication_id = {home} AND id < 60 ORDER BY id DESC LIMIT 25"
        told = str(session.connection().exec_driver_sql(query).all())
    assert "ix_images_publication_id_images_id" in told


def test_the_doctor_tells_of_a_store_that_works_and_of_octets_that_are_gone(parts: Parts, home: int) -> None:
    assert [result.verdict for result in checks.can_be_kept(parts.image_store)] == ["good"]
    [image] = add(parts, home, Upload("a.png", png()))
    assert list(checks.are_there(parts.database, parts.image_store)) == []
    parts.image_store.remove(file_of(image))
    [result] = checks.are_there(parts.database, parts.image_store)
    assert result.verdict == "wrong"
    assert file_of(image) in result.what


def test_an_upload_that_fails_half_way_leaves_no_octets(
    parts: Parts, home: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stored() -> list[Path]:
        return [path for path in parts.settings.image_folder.rglob("*") if path.is_file()]

    [kept] = add(parts, home, Upload("a.png", png()))
    put, calls = parts.image_store.put, []

    def second_fails(name: str, content: bytes) -> None:
        calls.append(name)
        if len(calls) == 3:
            raise UnavailableError("it is full")
        put(name, content)

    monkeypatch.setattr(parts.image_store, "put", second_fails)
    some = [Upload("a.png", png()), Upload("b.png", png(shade=1)), Upload("c.png", png(shade=2))]
    with pytest.raises(UnavailableError):
        parts.keeping_images.add(home, some, by=OPERATOR)
    assert [path.name for path in stored()] == [file_of(kept)]
    assert len(rows(parts.database)) == 1
