"""Templates compiled once for all environments of a process: each publication with templates of its own has an environment.

Jinja2 compiles by environment, and half a hundred templates of the house take a third of a second. What they compile to depends
on their text alone, since all our environments that share this are set up alike (https://jinja.palletsprojects.com/en/stable/api/#bytecode-cache).
"""

from __future__ import annotations

from types import CodeType

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket


class CompiledTemplates(BytecodeCache):
    """What the templates compiled to, one for each file: that of a text which has changed gives way to the new."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[str, CodeType]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give the bucket what its very text compiled to, if that is here."""
        checksum, code = self._kept.get(bucket.key, ("", None))
        bucket.code = code if checksum == bucket.checksum else None

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what the text of the bucket compiled to."""
        if bucket.code is not None:
            self._kept[bucket.key] = bucket.checksum, bucket.code
