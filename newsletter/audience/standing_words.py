"""Words by which lists tell that somebody left: in names of columns, in cells, and in names of files; English, and the languages beside it."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Mapping
from pathlib import PurePath

from newsletter.audience.column_names import FIRST_NAMES, LAST_NAMES, NAMES, plain_name

_LEAVING = re.compile(
    r"unsub|optout|optedout|bounce|clean|complain|spam|block|suppress|disabl|delet|remov|cancel|churn|abgemeldet|abbestell|"
    r"desabon|desinscri|disiscri|afgemeld|avregistr|baja|donot|dontmail|noemail|nomail|left|gone|quit|inactive|invalid|dead|banned|"
    r"kundig|austritt|ausgetr|abgang|gesperrt|unzustellbar|undeliver|suspend|reject|descadastr|uitgeschr|afmeld|avmeld|odhlas|wypis|"
    r"stopp|^stop|withdr[ae]w|terminat|^muted?$|^muted?(?:at|on)|^paused?|^ended|^enddate|enddate$|exmember|"
    r"leirat|отпис|退会|退订|^expired$|^dnc$|^onhold$|^hold$|^retired$"
)
_STANDING = re.compile(
    r"statu|state|standing|zustand|subscri(?!berid)|suscri|iscri|abonn|etat|estado|stato|activ|aktiv|enabled|optin|optedin|permission|"
    r"consent|marketing|mailable|preference|confirmed|verified|valid|newsletter|gdpr|membertype|deliverab|receives|wants|"
    r"inscri|abbon|actif|attiv|situa[ct]|einwillig|zustimm|erlaub|mailok|okto|canmail|canemail|canreceive|receive(?:e?mails?)?$|lifecycle|"
    r"prenum|toestemm|ingeschr|subskr|zgoda|durum|статус|подпис|рассыл|状態|状态|ステータス|配信|購読|订阅|^abo$|^ativ[oa]$|^stav$|^tila$"
)
_DOUBTFUL = re.compile(
    r"accept|agree|^(?:may|can|do|ok|please)?sends?(?:mails?|emails?|news|letters?)?$|^mailings?(?:list|s|ok)?$|^subs?$|^opt$|^opt(?:ed|in|out)|"
    r"^contact(?:able|ok|me|allowed|permitted|by(?:e?mail))?$|(?:may|can|ok)(?:be)?(?:to)?contact"
)
"""What tells a standing as often as something else: a field where somebody says so."""
_MOMENT = re.compile(
    r"(?:time|date|datum|timestamp)$|ed(?:at|on|ip)$|(?:^|[ _-])(?:at|on|am|le|ip|since|zeit|fecha)$|(?:^|[ _-])ip[ _-]?addr(?:ess|esse)?$|"
    r"^(?:date|datum|fecha|timestamp)[ _-]|^data (?:di|de|d')"
)
_DETAIL = re.compile(
    r"(?:reason|reasonother|campaigntitle|campaignid|note|notes|comment)$|^(?:gdpr|optin)?consent(?:text|wording|statement)$|^einwilligungstext$"
)
_PERSONS = re.compile(r"(?:nick|middle|user|company|firmen)?name")
_CALLED = frozenset([*NAMES, *FIRST_NAMES, *LAST_NAMES])
"""Columns where a word is a person's: somebody may be called so."""
MOST_CHARS = 40
_CLEAR = re.compile(
    r"un(?:-| )?sub(?:scribed?)?(?: .{0,30})?|(?:opted|opt)[ -]?out|(?:hard|soft)?[ -]?bounced?|complain(?:ed|t)|cleaned|block ?listed|black ?listed|"
    r"suppressed|do not (?:e-?)?(?:mail|send|contact)|(?:not|never|no longer|formerly|previously) subscribed|undeliverable|"
    r"abgemeldet|abbestellt|gekündigt|ausgetragen|unzustellbar|d[ée]sabonn[ée]e?|d[ée]sinscrite?|disiscritt[oa]|dad[oa] de baja|"
    r"desuscrit[oa]|descadastrad[oa]|uitgeschreven|afgemeld|отписана?|退会|退订",
    re.IGNORECASE,
)
_LIKELY = re.compile(
    r"inactive|inaktiv|ex-?member|(?:former|past|non)-? ?member|stopped|withdrawn|terminated|paused|muted|removed|deleted|cancell?ed|disabled|invalid|expired|spam|blocked|banned|left|gone|dead|no (?:e-?)?mail|baja|gesperrt",
    re.IGNORECASE,
)
"""What says so in a list of no product that is known, and may be anything else in a field of a product."""
_PARTS = re.compile(r"[;,|/(]")
_OF_FILE = re.compile(
    r"non-?subscribed|un-?subscribed|unsubs?|opt(?:ed)?-?outs?|cleaned|bounced|bounces?|complain(?:ed|ts?)|suppress(?:ed|ions?)|"
    r"block-?list(?:ed)?|black-?list(?:ed)?|unconfirmed|nomail|bybounces|byuser|byadmin|undeliver(?:able|ed)|do-?not-?(?:e?mail|contact|send)|"
    r"abgemeldet|abbestellt|gekundigt|ausgetragen|unzustellbar|desabonne|desinscrit|disiscritt|descadastrad|uitgeschreven|отпис|退会|退订"
)
_TOKEN_OF_FILE = re.compile(
    r"(?<![^\W_])(?:subscribed|blocked|banned|inactive|pending|cancell?ed|deleted|removed|disabled|invalid|expired|archived|former(?:ly)?|previous(?:ly)?|"
    r"not|never|spam|abuse|left|gone|dead|quit|churned|baja|stopped|stops?|withdrawn|withdrew|terminated|ended|muted|paused|lapsed|declined|"
    r"refused|departed|dropped|resigned|leavers?|leaving|ehemalige|(?:ex|non|former)-?members?|(?:[a-z]{1,20})subscribed|(?:ex|non?|not|un|former)-?subscribers?)(?![^\W_])"
)
"""Words that count in a file's name only where they stand by themselves."""


def kind(name: str) -> str:
    """Return what a column is by its name: `moment` of leaving, `standing`, or `plain`."""
    plain = plain_name(name)
    leaving, moment = _LEAVING.search(plain), _MOMENT.search(name.strip()) or _DETAIL.search(plain)
    if leaving:
        return "moment" if moment else "standing"
    return "standing" if (_STANDING.search(plain) or is_doubtful(plain)) and not moment else "plain"


def is_doubtful(plain: str) -> bool:
    """Tell whether a column, plainly named, sounds like a standing, and may be a field all the same."""
    return bool(_DOUBTFUL.search(plain)) and not (_LEAVING.search(plain) or _STANDING.search(plain))


def is_leaving(word: str) -> bool:
    """Tell whether a word of a standing sounds of leaving."""
    return bool(_LEAVING.search(plain_name(word)))


def names_persons(plain: str) -> bool:
    """Tell whether a column, plainly named, holds what people are called."""
    return bool(_PERSONS.fullmatch(plain)) or plain in _CALLED


def clear_word(cell: str, *, likely: bool) -> str:
    """Return what a cell says of leaving in so many words, or nothing; of several words in one cell the first. `likely` takes more words for it."""
    for part in _PARTS.split(cell) if len(cell) > 3 or not cell.isascii() else ():
        word = part.strip(" \t.!?)\"'")
        if len(word) <= MOST_CHARS and (_CLEAR.fullmatch(word) or (likely and _LIKELY.fullmatch(word))):
            return word
    return ""


def word_of_file(source: str, known: Mapping[str, str]) -> str:
    """Return the word of standing in a file's name: one that is known, unless that says `active` and another beside it does not."""
    path = PurePath(source)
    stem = _folded(path.stem)
    word = next((each for each in known if _stands_in(each, stem)), "")
    if word and known[word] != "active":
        return word
    rest = stem.replace(word, "-") if word else stem
    within = "/".join([rest] if path.is_absolute() else [*map(_folded, path.parent.parts), rest])
    other = _OF_FILE.search(within) or _TOKEN_OF_FILE.search(within)
    return other[0] if other else word


def _stands_in(word: str, stem: str) -> bool:
    """Tell whether a word stands by itself: `subscribed` does not in `resubscribed`."""
    parts = stem.split(word)
    return any(not left[-1:].isalnum() and not right[:1].isalnum() for left, right in itertools.pairwise(parts))


def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.casefold())
    return re.sub(r"[\s_.]", "-", "".join(c for c in plain if not unicodedata.combining(c)))
