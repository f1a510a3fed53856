"""The tools that every room is given, and the keys that this process may hold."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

from newsletter import pacing, private_files, resources, signing_keys
from newsletter import queue as queues
from newsletter.bootstrap.ledger import LedgerParts
from newsletter.config import Settings
from newsletter.errors import InputError
from newsletter.model.images import ShownImage
from newsletter.pacing import Buckets
from newsletter.queue import Queue
from newsletter.rendering.renderer import Renderer
from newsletter.signing_keys import ProcessRole, SigningKeys
from newsletter.store.images import images
from newsletter.tokens import Purpose, Signer
from newsletter.transports.image_store.base import ImageStore
from newsletter.transports.image_store.folder import FolderStore


@dataclass(frozen=True)
class Tools(LedgerParts):
    """The tools of this process; each is made when first asked for, once per process."""

    @cached_property
    def work_stop(self) -> threading.Event:
        """What is set when this process begins no more long work, and ends what it does."""
        return threading.Event()

    @cached_property
    def queue(self) -> Queue:
        """The doorbell."""
        return queues.connect(self.settings.redis_url)

    @cached_property
    def signer(self) -> Signer:
        """Maker and reader of the tokens of this role. Raises InputError when the given keys are not enough for it."""
        return Signer.of_keys(_keys(self.settings, self.role))

    def form_keys(self) -> dict[int, bytes]:
        """Return the keys that sign forms, by number, the present one first; none for a process without pages. Raises InputError."""
        keys = _keys(self.settings, self.role)
        return {number: of[Purpose.FORM] for number, of in keys.items() if Purpose.FORM in of}

    @cached_property
    def renderer(self) -> Renderer:
        """From documents to outputs."""
        return Renderer(resources.TEMPLATES, self._images_of)

    def _images_of(self, publication: str, digests: Collection[str]) -> Mapping[str, ShownImage]:
        with self.database.read() as session:
            return images.shown(session, publication, digests)

    @cached_property
    def image_store(self) -> ImageStore:
        """Where the octets of images lie. Raises InputError when the setting cannot be read."""
        if not self.settings.image_store:
            return FolderStore(self.settings.image_folder)
        from newsletter.transports.image_store import s3  # late: httpx is not for those who keep images in a folder

        return s3.from_url(self.settings.image_store, self.clock)

    @cached_property
    def buckets(self) -> Buckets:
        """Token buckets for pacing and limits."""
        return pacing.connect(self.settings.redis_url, self.clock, self.processes)


def secrets_by_number(settings: Settings) -> dict[int, bytes]:
    """Return the secret that signs and, behind it, those that only read, by key id. Makes one when there is none."""
    return {settings.secret_key_id: secret_key(settings), **settings.previous_secrets}


def _keys(settings: Settings, role: ProcessRole) -> SigningKeys:
    """The keys that a role needs: a part of those that were given, or derived from the secret, which is not kept."""
    purposes = signing_keys.PURPOSES[role]
    if not purposes:
        return {settings.secret_key_id: {}}
    given = settings.given_keys
    if not given:
        return signing_keys.derive_all(secrets_by_number(settings), purposes)
    if lacking := signing_keys.lacking(given, purposes):
        raise InputError(
            f"these keys are not enough for this process: {', '.join(sorted(lacking))} is not among them",
            where="NEWSLETTER_SIGNING_KEYS",
            remedy=f"`newsletter keys derive {role}`, where the secret key is",
        )
    return signing_keys.narrow(given, purposes)


def secret_key(settings: Settings) -> bytes:
    """Return the signing secret: the setting, or one made on first use and kept under `DATA_DIR` (mode 0600)."""
    given = settings.secret_key.get_secret_value()
    if given:
        return given.encode()
    path = settings.data_dir / "secret_key"
    if not path.exists():
        private_files.keep(path, signing_keys.new_secret().encode())
    return path.read_bytes()
