"""Answers that something happened to: octets lost, doubled, changed, put in; values of JSON that are something else."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import strategies as st

ODD: list[Any] = [None, True, 0, -1, 10**30, 1.5, "", "x", "\ud800", "\x00", "1,234", [], {}, [1], {"a": None}]


@st.composite
def mutated(draw: st.DrawFn, content: bytes) -> bytes:
    """Return `content` changed in up to five places."""
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, max(len(content) - 1, 0)))
        until = min(len(content), at + draw(st.integers(0, 40)))
        put = draw(
            st.one_of(
                st.binary(max_size=6), st.sampled_from([b"", b"<td>", b'"', b"{", b"]", b"\n", b",", b"null", b"\xff"])
            )
        )
        content = content[:at] + put + content[until:] if draw(st.booleans()) else content[:until] + content[at:]
    return content


@st.composite
def odd_values(draw: st.DrawFn, answer: Any) -> bytes:
    """Return an answer in JSON of which up to three values became something else."""
    answer = json.loads(json.dumps(answer))
    for _ in range(draw(st.integers(1, 3))):
        inner, way = answer, []
        while isinstance(inner, dict | list) and inner:
            names = list(inner) if isinstance(inner, dict) else list(range(len(inner)))
            way.append((inner, draw(st.sampled_from(names))))
            inner = way[-1][0][way[-1][1]]
            if draw(st.integers(0, 3)) == 0:
                break
        if way:
            way[-1][0][way[-1][1]] = copy.deepcopy(draw(st.sampled_from(ODD)))
    return json.dumps(answer).encode()
