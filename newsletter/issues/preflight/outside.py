"""Rules about what others answer, looked at when somebody asks (`newsletter.issues.looking_outside`)."""

from __future__ import annotations

from newsletter.issues.preflight.finding import Rule

DEAD = Rule("dead-link", "ask", "a link whose server says that nothing is there", may_pass=True)
SIGN_IN = Rule("sign-in-link", "ask", "a link that leads to a page for signing in", may_pass=True)
FORBIDDEN = Rule("forbidden-link", "ask", "a link that leads to an address of a private network", may_pass=True)
UNREACHED = Rule(
    "unreached-link", "advise", "a link that could not be tried: no answer in time, or programs are refused"
)
REDIRECTED = Rule("redirected-link", "advise", "a link that has moved for good")
SECURE = Rule("https-answers", "advise", "a link without encryption whose site answers with it", fixes=True)
DEAD_IMAGE = Rule("dead-image", "ask", "an image that its server does not give", may_pass=True)
HEAVY_IMAGE = Rule("heavy-image", "advise", "an image of more than 200 kB")
LARGE_IMAGE = Rule("large-image", "advise", "an image wider than 1,200 px, twice the column of a mail")
SPAM_SCORE = Rule("spam-score", "ask", "a spam filter's score is above the limit that it sets", may_pass=True)
NO_SCORE = Rule("no-spam-score", "advise", "the spam filter that the settings name could not be asked")
DOMAIN = Rule(
    "domain-record", "ask", "a DNS record of the From domain is missing or wrong: SPF, DKIM, DMARC", may_pass=True
)
NO_DOMAIN = Rule("unknown-domain", "advise", "the DNS of the From domain could not be asked")
RULES = (
    DEAD, SIGN_IN, FORBIDDEN, UNREACHED, REDIRECTED, SECURE, DEAD_IMAGE, HEAVY_IMAGE, LARGE_IMAGE, SPAM_SCORE, NO_SCORE, DOMAIN,
    NO_DOMAIN,
)  # fmt: skip
