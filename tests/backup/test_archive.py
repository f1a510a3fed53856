"""Whatever is given to `newsletter restore` that is no whole backup of ours is refused in words, and nothing is stored."""

from __future__ import annotations

import hashlib
import json
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.backup.archive import MANIFEST
from newsletter.bootstrap import Parts
from newsletter.errors import ConflictError, ForbiddenError, InputError, NewsletterError
from newsletter.images.keeping import Upload
from newsletter.model.rights import Right
from newsletter.store import migrating
from newsletter.store.backup.neutral import kinds_of, tables_of
from tests.backup.conftest import MakeParts
from tests.issues.samples import add_publication
from tests.parts.actors import OPERATOR, able
from tests.parts.pictures import png

Members = dict[str, bytes]


@pytest.fixture
def backup(make_place: MakeParts, tmp_path: Path) -> Path:
    """A whole backup of a small service with an image and keys."""
    parts = make_place("old", "sqlite")
    migrating.upgrade(parts.database)
    publication = add_publication(parts.database)
    parts.keeping_images.add(publication.id, [Upload("tree.png", png())], by=OPERATOR)
    _ = parts.signer  # makes the secret
    parts.backing_up.make(tmp_path / "all.backup", by=OPERATOR)
    return tmp_path / "all.backup"


@pytest.fixture
def place(make_place: MakeParts) -> Parts:
    return make_place("new", "sqlite")


def rewritten(backup: Path, change: Callable[[Members], object]) -> Path:
    """Write the same archive once more, with other members."""
    with zipfile.ZipFile(backup) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(backup, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return backup


def told(**values: object) -> Callable[[Members], None]:
    """Change what the manifest says."""
    return lambda members: members.update({MANIFEST: json.dumps({**json.loads(members[MANIFEST]), **values}).encode()})


def tell_of(name: str, content: bytes) -> Callable[[Members], None]:
    """Add a member, and tell of it in the manifest, with its right digest."""

    def change(members: Members) -> None:
        manifest = json.loads(members[MANIFEST])
        manifest["members"][name] = {"sha256": hashlib.sha256(content).hexdigest(), "octets": len(content), "rows": 0}
        members[MANIFEST] = json.dumps(manifest).encode()
        members[name] = content

    return change


def left_out(members: Members, table: str) -> None:
    """Leave all rows of a table out, and tell of none."""
    name = f"ledger/{table}.jsonl"
    nothing = {"sha256": hashlib.sha256(b"").hexdigest(), "octets": 0, "rows": 0}
    told(members={**json.loads(members[MANIFEST])["members"], name: nothing})(members)
    members[name] = b""


def refused(place: Parts, file: Path, why: str, kind: type[NewsletterError] = InputError) -> None:
    with pytest.raises(kind, match=why):
        place.restoring.restore(file, by=OPERATOR)
    folder = place.settings.data_dir
    left = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("newsletter.db")]
    assert left == []
    assert migrating.is_empty(place.database)


HOSTILE: dict[str, tuple[Callable[[Members], object], str]] = {
    "a path out of the folder": (tell_of("keys/../../../evil", b"x"), "a name that no backup has"),
    "an absolute path": (tell_of("/etc/evil", b"x"), "a name that no backup has"),
    "dots between": (tell_of("keys/dkim/../evil", b"x"), "a name that no backup has"),
    "a key that belongs nowhere": (tell_of("keys/evil", b"x"), "belongs nowhere"),
    "an image of another digest": (tell_of(f"images/{'0' * 64}.png", b"x"), "another image"),
    "a member nobody told of": (lambda members: members.update({"keys/more": b"x"}), "not those that it lists"),
    "a member that is gone": (lambda members: members.pop("ledger/issues.jsonl"), "not those that it lists"),
    "another content": (lambda members: members.update({"ledger/publications.jsonl": b"[]\n"}), "checksum"),
    "no manifest": (lambda members: members.pop(MANIFEST), "no backup of this program"),
    "another program's manifest": (
        lambda members: members.update({MANIFEST: b'{"format": "tar"}'}),
        "no backup of this",
    ),
    "a manifest that is no JSON": (lambda members: members.update({MANIFEST: b"["}), "cannot be read"),
    "a manifest that is a list": (lambda members: members.update({MANIFEST: b"[]"}), "cannot be read"),
    "a later layout": (told(layout=2), "cannot be read"),
    "a table that never was": (
        lambda members: (tell_of("ledger/evil.jsonl", b"")(members), told(tables={"evil": {"id": "plain"}})(members)),
        "never had",
    ),
    "a table without its rows": (told(tables={"evil": {"id": "plain"}}), "lacks the rows"),
    "a moment that never was": (told(made_at="2026-99-99T00:00:00+00:00"), "cannot be read"),
    "a table with its rows left out": (
        lambda members: left_out(members, "publications"),
        "refer to rows that are not in it",
    ),
    "a revision that never was": (told(revision="0000"), "never was a revision"),
}


@pytest.mark.parametrize(("change", "why"), HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_backup_of_ours_is_refused(
    backup: Path, place: Parts, change: Callable[[Members], object], why: str
) -> None:
    refused(place, rewritten(backup, change), why)


def test_one_of_an_older_release_is_restored_as_it_was_and_migrated(
    backup: Path, place: Parts, make_place: MakeParts
) -> None:
    before = migrating.revisions()[-2]
    with migrating.building(make_place("older", "sqlite").database, before) as connection:
        tables = {table.name: dict(kinds_of(table)) for table in tables_of(connection)}

    def age(members: Members) -> None:
        manifest = json.loads(members[MANIFEST])
        for name in [name for name in members if name.startswith("ledger/")]:
            del members[name], manifest["members"][name]
        nothing = {"sha256": hashlib.sha256(b"").hexdigest(), "octets": 0, "rows": 0}
        members.update({f"ledger/{name}.jsonl": b"" for name in tables})
        manifest["members"].update({f"ledger/{name}.jsonl": nothing for name in tables})
        members[MANIFEST] = json.dumps({**manifest, "revision": before, "tables": tables}).encode()

    restored = place.restoring.restore(rewritten(backup, age), by=OPERATOR)
    assert restored.migrated == [migrating.head()] and not migrating.pending(place.database)


def test_one_of_a_newer_release_is_refused(backup: Path, place: Parts) -> None:
    refused(place, rewritten(backup, told(revision="9999")), "newer than this one knows", ConflictError)


@pytest.mark.parametrize("part", [0.0, 0.3, 0.9, 0.999])
def test_half_a_file_is_refused(backup: Path, place: Parts, part: float) -> None:
    whole = backup.read_bytes()
    backup.write_bytes(whole[: int(len(whole) * part)])
    refused(place, backup, "no backup, or a part of one")


def test_a_file_with_a_flipped_bit_is_refused(backup: Path, place: Parts) -> None:
    whole = bytearray(backup.read_bytes())
    with zipfile.ZipFile(backup) as archive:
        largest = max(archive.infolist(), key=lambda member: member.compress_size)
    whole[largest.header_offset + 200] ^= 4
    backup.write_bytes(whole)
    refused(place, backup, "is damaged|checksum")


def test_a_place_that_is_not_empty_is_left_as_it_is(backup: Path, place: Parts) -> None:
    folder = place.settings.data_dir
    (folder / "inbox").mkdir(parents=True)
    (folder / "inbox" / "mail").touch()
    with pytest.raises(ConflictError, match="not empty: there is inbox"):
        place.restoring.restore(backup, by=OPERATOR)
    (folder / "inbox" / "mail").unlink()
    migrating.upgrade(place.database)
    with pytest.raises(ConflictError, match="the database is not empty"):
        place.restoring.restore(backup, by=OPERATOR)


def test_folders_that_hold_nothing_are_an_empty_place(backup: Path, place: Parts) -> None:
    place.image_store.check()  # as `newsletter doctor` does
    (place.settings.data_dir / "journal" / "deeper").mkdir(parents=True)
    assert [path.name for path in place.settings.data_dir.iterdir() if path.name == "images"]
    assert place.restoring.restore(backup, by=OPERATOR).images == 1


def test_a_backup_is_for_its_owner_alone_and_never_takes_the_place_of_another(
    backup: Path, make_place: MakeParts
) -> None:
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    before = backup.read_bytes()
    with pytest.raises(ConflictError, match="there is such a file"):
        make_place("old", "sqlite").backing_up.make(backup, by=OPERATOR)
    assert backup.read_bytes() == before
    assert [path.name for path in backup.parent.iterdir() if path.name.startswith(".")] == []


def test_without_keys_no_key_is_in_it(make_place: MakeParts, backup: Path, place: Parts) -> None:
    bare = backup.with_name("bare.backup")
    make_place("old", "sqlite").backing_up.make(bare, keys=False, by=OPERATOR)
    with zipfile.ZipFile(bare) as archive:
        assert [name for name in archive.namelist() if name.startswith("keys/")] == []
    assert not place.restoring.restore(bare, by=OPERATOR).keys
    assert not (place.settings.data_dir / "secret_key").exists()


def test_keys_and_images_are_where_they_were_and_only_for_the_owner(backup: Path, place: Parts) -> None:
    old = backup.parent / "old"
    assert place.restoring.restore(backup, by=OPERATOR).images == 1
    new = place.settings.data_dir
    for kept in ("secret_key", *(str(path.relative_to(old)) for path in (old / "images").rglob("*.png"))):
        assert (new / kept).read_bytes() == (old / kept).read_bytes()
        assert stat.S_IMODE((new / kept).stat().st_mode) == 0o600


def test_keys_that_were_settings_are_told_and_kept(make_place: MakeParts, tmp_path: Path, place: Parts) -> None:
    secret = "an old secret of the service that is long enough"
    parts = make_place("old", "sqlite", secret_key=secret)
    migrating.upgrade(parts.database)
    parts.backing_up.make(tmp_path / "all.backup", by=OPERATOR)
    restored = place.restoring.restore(tmp_path / "all.backup", by=OPERATOR)
    assert restored.unlike_keys == ["NEWSLETTER_SECRET_KEY", "NEWSLETTER_SECRET_KEY_ID"]
    assert secret in (place.settings.data_dir / "restored-settings.env").read_text()


def test_only_who_manages_the_service_may_do_either(backup: Path, place: Parts) -> None:
    for act in (lambda by: place.restoring.restore(backup, by=by), lambda by: place.backing_up.make(backup, by=by)):
        with pytest.raises(ForbiddenError):
            act(able(Right.MANAGE_ACCOUNTS, Right.SEND))
