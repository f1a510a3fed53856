"""What sources offer a publication: keep, dismiss, put into the draft, join and take apart, each with a way back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Response

from newsletter.errors import InputError
from newsletter.model.rights import Right
from newsletter.paging import read_candidate_mark, write_candidate_mark
from newsletter.sources import offering
from newsletter.sources.choosing import Choice, Undo
from newsletter.store.sources.candidates import CandidateFilter
from newsletter.web.desk.pages import Desk, Sees, Writes, back_to
from newsletter.web.parts import Number
from newsletter.web.templating import ago

router = APIRouter(prefix="/desk/{publication}/candidates")
PAGE = 50
