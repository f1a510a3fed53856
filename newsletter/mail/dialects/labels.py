"""Forms that many a server fills in: `Recipient: ...` and `Reason: ...` on lines of their own, in any of the large languages."""

# ruff: noqa: RUF001 - words of other scripts

from __future__ import annotations

import re

from newsletter.mail import excerpts

_WHO = (
    r"(?:(?:failed|final|original|intended|affected|invalid|bad|rejected|undelivered|destination|envelope|problem|unknown)[ _-]?)?(?:e-?mail[ _-]?)?(?:recipients?|rcpt(?:[ _-]?to)?|address(?:es|\(es\))?|addressee|user|mailbox)(?:\(s\))?(?:[ _-]?address(?:es)?)?|"
    r"empf.nger(?:adresse)?|adressat|destinataires?|adresse|destinatari[oai]s?|indirizzo|direcci.n|endere.o|geadresseerde|ontvanger|odbiorca|adresat|mottagare|"
    "получатель|адресат|收件人(?:地址)?|收件者|宛先|送信先|受信者|あて先|받는 ?사람|수신자"
)
_TO = "to|an|a|à|para|кому|kepada|aan|til|till|do"
_WHY = (
    r"(?:failure |bounce |delivery |error |rejection )?(?:reason|cause|error|diagnostics?|details?|explanation|response|status|message|description|problem)(?: (?:message|text|code|details?|for (?:the )?\w+|given|was))?|"
    r"grund|fehler(?:meldung|text)?|ursache|raison|cause|motif|erreur|motivo|causa|errore?|raz.n|erro|reden|oorzaak|powód|orsak|"
    "причина|ошибка|退信原因|错误(?:信息|原因)?|失败原因|原因|理由|エラー(?:内容|メッセージ)?|(?:발송 ?실패 ?)?(?:사유|원인)|이유"
)
_MARKS = r"^[ \t>*#•・【\[-]{0,6}"
_SIGN = r"[ \t]*+[\]】]?[ \t]*+[:：=][ \t]*+\n?[ \t]*+"
_ADDRESS = r"""(?:smtp:|rfc822;[ ]?|mailto:)?[<"'\[]{0,2}(?P<address>[^\s<>()\[\],;:"'\u3000-\u303f\uff00-\uff20]{1,128}@[\w.-]{3,255}\w)"""

_LABELLED = re.compile(rf"{_MARKS}(?:{_WHO}){_SIGN}{_ADDRESS}", re.IGNORECASE | re.MULTILINE)
_ADDRESSED = re.compile(rf"{_MARKS}(?:{_TO}){_SIGN}{_ADDRESS}", re.IGNORECASE | re.MULTILINE)
_REASON = re.compile(
    rf"{_MARKS}(?:{_WHY}){_SIGN}(?P<words>\S[^\n]{{2,1000}}(?:\n[ \t]+\S[^\n]{{0,1000}}){{0,6}})",
    re.IGNORECASE | re.MULTILINE,
)
_AFTER_ADDRESS = re.compile(r"""^[\]>"'.,; \t]+""")


def read(text: str) -> list[tuple[str, str]]:
    """Each labelled recipient with the labelled reason that follows it, or precedes them all; else with the words around."""
    found = excerpts.by_heads(text, _LABELLED) or excerpts.by_heads(text, _ADDRESSED)
    first = _REASON.search(text)
    rows = []
    for address, words in found:
        own = _REASON.search(words) or first
        rows.append((address, own["words"].strip() if own else _AFTER_ADDRESS.sub("", words) or text))
    return rows
