"""How MTAs that do not speak RFC 3464 say it: one reader per dialect, asked in this order, the surest mark first.

To add a dialect: write a `Dialect` in a file here (or a `Sentence` in gateways.py when one sentence tells all), put it in
`DIALECTS`, and write a sample of your own in tests/mail/dialects.
"""

from __future__ import annotations

from newsletter.mail import readers
from newsletter.mail.dialects.base import Dialect
from newsletter.mail.dialects.dovecot import DOVECOT
from newsletter.mail.dialects.dragonfly import DRAGONFLY
from newsletter.mail.dialects.exchange import EXCHANGE, EXCHANGE_2003, OFFICE_365
from newsletter.mail.dialects.exim import EXIM
from newsletter.mail.dialects.fml import FML
from newsletter.mail.dialects.fml import recognises as from_a_list_server
from newsletter.mail.dialects.gateways import GATEWAYS
from newsletter.mail.dialects.gmail import GMAIL, GOOGLE_GROUPS
from newsletter.mail.dialects.gmx import GMX
from newsletter.mail.dialects.japan import CARRIERS
from newsletter.mail.dialects.notes import NOTES
from newsletter.mail.dialects.postfix import OPENSMTPD, POSTFIX, POSTFIX_NOTICE
from newsletter.mail.dialects.qmail import QMAIL, QMAIL_KIN, YAHOO
from newsletter.mail.dialects.sendmail import SENDMAIL
from newsletter.mail.dialects.unnamed import UNNAMED
from newsletter.mail.report import Failure
from newsletter.mail.returned_message import ReturnedMessage

DIALECTS: tuple[Dialect, ...] = (
    DOVECOT, FML, GMX, DRAGONFLY, OPENSMTPD, GMAIL, GOOGLE_GROUPS, YAHOO, QMAIL, QMAIL_KIN, NOTES, *CARRIERS, *GATEWAYS, EXIM, EXCHANGE_2003, SENDMAIL, POSTFIX, POSTFIX_NOTICE, OFFICE_365, EXCHANGE,
)  # fmt: skip


def read(letter: ReturnedMessage) -> tuple[str, list[Failure]]:
    """The name of the first dialect that finds somebody, and what it found; an empty name when none does."""
    return _first(letter, DIALECTS)


def read_unnamed(letter: ReturnedMessage) -> tuple[str, list[Failure]]:
    """The same for an MTA nobody described: the grammar of notifications in general, asked last."""
    return _first(letter, (UNNAMED,))


def _first(letter: ReturnedMessage, known: tuple[Dialect, ...]) -> tuple[str, list[Failure]]:
    if not letter.from_a_machine and not from_a_list_server(letter):
        return "", []
    for dialect in known:
        if dialect.recognises(letter) and (found := readers.about_readers(letter, dialect.read(letter))):
            return dialect.name, found
    return "", []
