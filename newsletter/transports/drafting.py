"""Ask a language model for words: one POST to `chat/completions`, as OpenAI has it and many speak it.

The address comes from the operator and from nobody else, so that it may be one of their own network, as that of alerts may. Nothing is
followed, no proxy of the environment is used, the whole call has one deadline, and of an answer no more than `MOST_OCTETS` is read.
The key is sent to that address alone. Whatever is answered becomes a value; what an error says of it is never shown, for services
repeat keys in their errors.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx

from newsletter import __version__
from newsletter.model.proposed import MOST_TOKENS, Answered, NotAnswered, Unanswered
from newsletter.transports.deadline import client, within

SECONDS = 30.0
MOST_OCTETS = 256 * 1024
"""Of an answer; a lead and forty sentences have a twentieth of it."""
_PATH = "/chat/completions"
_SAID = 10_000_000  # tokens that an answer may state; beyond that it counts anything but tokens
_LONGEST_WAIT = 86_400
_LOOK_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class LanguageModel:
    """A model by its name, behind one address. Safe to use from several threads."""

    url: str = field(repr=False)
    name: str
    key: str = field(default="", repr=False)
    seconds: float = SECONDS

    @property
    def host(self) -> str:
        """Whom we ask: all that may be shown of the address."""
        return urlsplit(self.url).hostname or ""

    def ask(self, messages: Sequence[Mapping[str, str]]) -> Answered | NotAnswered:
        """Ask once. `messages` are `{"role": "system" | "user", "content": ...}`."""
        body = {"model": self.name, "messages": [dict(each) for each in messages], "stream": False}
        try:
            with within(self.seconds), client(self.url, httpx.Timeout(self.seconds)) as ours:
                found = self._asked(ours, {**body, "max_tokens": MOST_TOKENS})
                if _wants_other_name(found):  # as the newer models of OpenAI do
                    found = self._asked(ours, {**body, "max_completion_tokens": MOST_TOKENS})
        except httpx.TimeoutException:
            return NotAnswered(Unanswered.SLOW, f"{self.host} did not answer within {self.seconds:g} seconds")
        except (httpx.ReadError, httpx.RemoteProtocolError) as error:  # it was asked, and may have written
            return NotAnswered(Unanswered.NONSENSE, f"the answer of {self.host} breaks off: {type(error).__name__}")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return NotAnswered(Unanswered.REFUSED, f"{self.host} cannot be asked: {type(error).__name__}")
        return self._read(*found)

    def look(self) -> str:
        """Return what is wrong with what we would ask, empty where nothing seems so; it takes no tokens (`GET .../models`)."""
        try:
            with within(_LOOK_SECONDS), client(self.url, httpx.Timeout(_LOOK_SECONDS)) as ours:
                answer, said = self._exchanged(ours, "GET", "/models")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return f"{self.host} cannot be asked: {type(error).__name__}"
        if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            return f"{self.host} answers {answer.status_code}{_meaning(answer.status_code)}"
        listed = _names(said) if answer.status_code == httpx.codes.OK and said else set()
        return f"{self.host} lists no model {self.name}" if listed and self.name not in listed else ""

    def _asked(self, ours: httpx.Client, body: Mapping[str, Any]) -> tuple[httpx.Response, bytes | None]:
        return self._exchanged(ours, "POST", _PATH, json=dict(body))

    def _exchanged(
        self, ours: httpx.Client, method: str, path: str, **more: Any
    ) -> tuple[httpx.Response, bytes | None]:
        """Return the answer and its octets; None: more than are read."""
        headers = {"User-Agent": f"newsletter/{__version__}", "Accept": "application/json"}
        headers |= {"Accept-Encoding": "identity"}  # nothing is unpacked here
        headers |= {"Authorization": f"Bearer {self.key}"} if self.key else {}
        parts = urlsplit(self.url)
        address = parts._replace(path=parts.path.rstrip("/").removesuffix(_PATH) + path).geturl()
        said = bytearray()
        with ours.stream(method, address, headers=headers, **more) as answer:
            for piece in answer.iter_raw(65_536):
                said += piece
                if len(said) > MOST_OCTETS:
                    return answer, None
        return answer, bytes(said)

    def _read(self, answer: httpx.Response, said: bytes | None) -> Answered | NotAnswered:
        status = answer.status_code
        if status == httpx.codes.TOO_MANY_REQUESTS:
            wait = _seconds(answer.headers.get("Retry-After", ""))
            until = f", for {wait:,} seconds" if wait else ""
            return NotAnswered(Unanswered.LIMITED, f"{self.host} takes no more for now{until}", wait)
        if status != httpx.codes.OK:
            return NotAnswered(Unanswered.REFUSED, f"{self.host} answers {status}{_meaning(status)}")
        if said is None:
            return NotAnswered(Unanswered.NONSENSE, f"{self.host} answers with more than {MOST_OCTETS:,} octets")
        found = _of_json(said) if _is_plain(answer) else None
        return found or NotAnswered(Unanswered.NONSENSE, f"what {self.host} answers is no chat completion")


def _is_plain(answer: httpx.Response) -> bool:
    return str(answer.headers.get("Content-Encoding", "identity")).strip().lower() == "identity"


def _wants_other_name(found: tuple[httpx.Response, bytes | None]) -> bool:
    answer, said = found
    return answer.status_code == httpx.codes.BAD_REQUEST and b"max_completion_tokens" in (said or b"")


def _of_json(said: bytes) -> Answered | None:
    try:
        told = json.loads(said)
        text = told["choices"][0]["message"]["content"]
        usage = told.get("usage")
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        return None
    stated = usage.get("total_tokens") if isinstance(usage, dict) else None
    counts = isinstance(stated, int) and not isinstance(stated, bool) and 0 < stated <= _SAID
    if not isinstance(text, str):
        return None
    whole = text.encode("utf-8", "replace").decode()  # JSON can spell halves of signs, which nothing else can
    return Answered(whole, stated if counts else None)


def _names(said: bytes) -> set[str]:
    """The models that a service lists; none where it lists them in another way."""
    try:
        return {str(each["id"]) for each in json.loads(said)["data"]}
    except (ValueError, KeyError, TypeError, RecursionError):
        return set()


def _seconds(retry_after: str) -> int:
    """Read Retry-After where it is a count of seconds (RFC 9110 section 10.2.3); 0 for all else."""
    digits = retry_after.strip()
    return min(int(digits), _LONGEST_WAIT) if digits.isascii() and digits.isdecimal() and len(digits) < 10 else 0


def _meaning(status: int) -> str:
    if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        return ": is NEWSLETTER_DRAFTING_KEY_FILE the right key?"
    if status == httpx.codes.NOT_FOUND:
        return ": is it the right address, and does it have that model?"
    if status // 100 == 3:
        return ": it sends us elsewhere, and nothing is followed"
    return ""
