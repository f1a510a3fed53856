"""Names in addresses by which others follow a reader: what they are, and the address without them. Pure.

The names are those that their makers document: Google (utm_*, gclid, gbraid, wbraid, dclid), Meta (fbclid, igshid), Microsoft
(msclkid), X (twclid), TikTok (ttclid), LinkedIn (li_fat_id), Mailchimp (mc_cid, mc_eid), HubSpot (_hsenc, _hsmi), Matomo (mtm_*, pk_*),
Marketo (mkt_tok), Klaviyo (_kx), Drip (__s), Vero (vero_id), Yandex (yclid), Omeda (oly_*), Adobe (s_cid).
"""

# ruff: noqa: SIM905 - a list of names reads best as words
from __future__ import annotations

import re

_NAMES = frozenset(
    "gclid gclsrc gbraid wbraid dclid fbclid igshid igsh msclkid twclid ttclid li_fat_id mc_cid mc_eid _hsenc _hsmi __hstc "
    "__hssc __hsfp hsctatracking mkt_tok _kx __s vero_id vero_conv yclid ysclid oly_anon_id oly_enc_id s_cid rb_clickid "
    "wickedid _openstat epik ck_subscriber_id dm_i sc_cid cvid".split()
)
_BEGINNINGS = ("utm_", "mtm_", "pk_", "hsa_", "__hs", "utm-")
_AND = re.compile(r"(&amp;|&#38;|&)")


def tracking_names(url: str) -> list[str]:
    """Return the names of parameters in an address by which readers are followed, each once, in their order."""
    return list(dict.fromkeys(name for name in map(_name, _pairs(url)[1][::2]) if follows(name)))


def without_tracking(url: str) -> str:
    """Return an address without such parameters, and else as it was written: `&` or `&amp;`, order and fragment."""
    before, pairs, after = _pairs(url)
    kept: list[str] = []
    for place in range(0, len(pairs), 2):
        if not follows(_name(pairs[place])):
            kept += [*(pairs[place - 1 : place] if kept else []), pairs[place]]
    query = "".join(kept)
    return f"{before}?{query}{after}" if query else f"{before}{after}"


def follows(name: str) -> bool:
    """Tell whether a parameter of this name, in lower case, follows readers and says nothing of the page."""
    return name in _NAMES or name.startswith(_BEGINNINGS)


def _pairs(url: str) -> tuple[str, list[str], str]:
    """Part an address: what stands before its query, the parameters with the signs between them, what stands behind."""
    address, mark, fragment = _fragment(url)
    before, asks, query = address.partition("?")
    return before, _AND.split(query) if asks else [], f"{mark}{fragment}"


def _fragment(url: str) -> tuple[str, str, str]:
    place = url.find("#")
    while place > 0 and url.startswith("&#38;", place - 1):
        place = url.find("#", place + 1)
    return (url, "", "") if place < 0 else (url[:place], "#", url[place + 1 :])


def _name(pair: str) -> str:
    return pair.partition("=")[0].lower()
