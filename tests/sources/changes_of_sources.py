"""What people may change of sources and sections, and what gathering does by itself."""

from __future__ import annotations

from sqlalchemy import update

from newsletter.model import Source
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.sources.gathering import Gatherer
from newsletter.sources.keeping import Keeping, NewSource, SourceChange
from newsletter.sources.releasing import Releasing
from newsletter.sources.section_keeping import SectionKeeping
from newsletter.sources.uploading import Uploading
from newsletter.store.sources import snapshots
from tests.parts.actors import OPERATOR
from tests.parts.changes import Change
from tests.web.scene import Scene

FEED = NewSource(section="wire", kind="feed", address="https://pears.example/feed")
BY_ITSELF = {
    "newsletter.sources.gathering.Gatherer._recorded": "what a source answered; the line of the gathering is its record",
    "newsletter.sources.gathering.Gatherer._end": "ends a gathering that somebody, or the clock, began",
    "newsletter.sources.gathering_by_clock.GatheringByClock._gather": "notes that a run which somebody wished for, and who is written down, was made",
    "newsletter.sources.gathering_by_clock.GatheringByClock._mark": "notes that the hour of a publication was kept",
    "newsletter.sources.gathering_rounds.GatheringRounds.forget": "keeps the results of gatherings for so many days",
    "newsletter.sources.telling.SourceTeller.tell_resting": "writes to the editors; the alarm is its record",
    "newsletter.sources.telling.SourceTeller.tell_unassembled": "writes to the editors; the alarm is its record",
    "newsletter.sources.turns.ArxivTurns._hold": "a lease",
}


def _with_a_source(scene: Scene) -> None:
    scene.names["source"] = scene.parts.sources.add(scene.publication.id, FEED, by=OPERATOR).id


def _with_one_that_is_off(scene: Scene) -> None:
    _with_a_source(scene)
    scene.parts.sources.switch_off(_id(scene), by=OPERATOR)


def _with_one_that_moved(scene: Scene) -> None:
    _with_a_source(scene)
    with scene.database.write() as session:
        session.execute(update(Source).values(proposed_address="https://pears.example/new", proposed_runs=3))


def _id(scene: Scene) -> int:
    return int(str(scene.names["source"]))


def _add(scene: Scene, by: Actor) -> object:
    return scene.parts.sources.add(scene.publication.id, FEED, by=by)


def _add_all(scene: Scene, by: Actor) -> object:
    return scene.parts.sources.add_all(scene.publication.id, [FEED], by=by)


def _change(scene: Scene, by: Actor) -> object:
    return scene.parts.sources.change(_id(scene), SourceChange(weight=7), by=by)


def _put(scene: Scene, by: Actor) -> object:
    return scene.parts.section_keeping.put(scene.publication.id, {"slug": "wire", "mailed": 3}, by=by)


def _drop(scene: Scene, by: Actor) -> object:
    return scene.parts.section_keeping.drop(scene.publication.id, "labs", by=by)


def _order(scene: Scene, by: Actor) -> object:
    slugs = ["repositories", "benchmarks", "papers", "wire", "labs"]
    return scene.parts.section_keeping.order(scene.publication.id, slugs, by=by)


def _gather(scene: Scene, by: Actor) -> object:
    return scene.parts.gathering.gather(scene.publication.id, by=by)


def _with_a_board(scene: Scene) -> None:
    board = NewSource(section="benchmarks", kind="table", name="Pears")
    scene.names["source"] = scene.parts.sources.add(scene.publication.id, board, by=OPERATOR).id


def _upload(scene: Scene, by: Actor) -> object:
    try:
        return scene.parts.uploading.upload(_id(scene), b"Pear,Brix\nConference,12\nWilliams,13\n", by=by)
    finally:
        scene.parts.source_reader.close()


def _with_a_held_board(scene: Scene) -> None:
    _with_a_board(scene)
    with scene.database.write() as session:
        today = scene.clock.now()
        snapshots.keep(
            session, _id(scene), today.date(), {}, digest="", taken_at=today, held="half of the rows are gone"
        )


CHANGES = (
    Change(
        Releasing.release,
        Right.WRITE,
        "source.release",
        lambda scene, by: scene.parts.releasing.release(_id(scene), by=by),
        prepare=_with_a_held_board,
    ),
    Change(Uploading.upload, Right.WRITE, "source.upload", _upload, prepare=_with_a_board),
    Change(Keeping.add, Right.WRITE, "source.add", _add),
    Change(Keeping.add_all, Right.WRITE, "source.import", _add_all),
    Change(Keeping.change, Right.WRITE, "source.change", _change, prepare=_with_a_source),
    Change(
        Keeping.remove,
        Right.WRITE,
        "source.remove",
        lambda scene, by: scene.parts.sources.remove(_id(scene), by=by),
        prepare=_with_a_source,
    ),
    Change(
        Keeping.switch_off,
        Right.WRITE,
        "source.off",
        lambda scene, by: scene.parts.sources.switch_off(_id(scene), by=by),
        prepare=_with_a_source,
    ),
    Change(
        Keeping.switch_on,
        Right.WRITE,
        "source.on",
        lambda scene, by: scene.parts.sources.switch_on(_id(scene), by=by),
        prepare=_with_one_that_is_off,
    ),
    Change(
        Keeping.accept_address,
        Right.WRITE,
        "source.accept-address",
        lambda scene, by: scene.parts.sources.accept_address(_id(scene), by=by),
        prepare=_with_one_that_moved,
    ),
    Change(SectionKeeping.put, Right.WRITE, "publication.sections", _put),
    Change(SectionKeeping.drop, Right.WRITE, "publication.sections", _drop),
    Change(SectionKeeping.order, Right.WRITE, "publication.sections", _order),
    Change(Gatherer.gather, Right.WRITE, "publication.gather", _gather),
)
