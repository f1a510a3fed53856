"""Do something in a thread while something else goes on, and have it end with that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread


@contextmanager
def meanwhile(name: str, work: Callable[[Event], None], *, patience: float) -> Iterator[None]:
    """Run `work` meanwhile; the event that it is given is set at the end, and so many seconds it has to heed that."""
    stopped = Event()
    thread = Thread(target=work, args=(stopped,), name=name)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join(patience)
