"""What a reader said, as their consent record keeps it."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """On which page or by what means, from which address, and in the words that stood there."""

    place: str = ""
    ip: str = ""
    wording: str = ""

    def as_record(self) -> dict[str, str]:
        """Return the fields of a consent record."""
        return asdict(self)
