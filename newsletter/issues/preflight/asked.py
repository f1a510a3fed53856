"""Rules about what the ledger knows of other issues and of readers; `newsletter.issues.questions` asks by them."""

from __future__ import annotations

from newsletter.issues.preflight.finding import Rule

SAME_TEXT, SAME_DAY, OTHER_DATE = "same-text", "same-day", "other-date"
REPEATED, OLD_TABLE, STALE_TABLE, LIST_SIZE = "repeated-item", "old-table", "stale-table", "list-size"
EMPTY_PAGE, UNKNOWN_FIELD, LOST_SEGMENT = "empty-all-page", "unknown-field", "lost-segment"
RULE_OF = {
    rule.id: rule
    for rule in (
        Rule(UNKNOWN_FIELD, "stop", "a merge field names no field of the readers"),
        Rule(LOST_SEGMENT, "stop", "its segment names a field or an issue that is gone"),
        Rule(SAME_TEXT, "ask", "the issue says what another one said", may_pass=True),
        Rule(SAME_DAY, "ask", "another issue goes out on that day", may_pass=True),
        Rule(OTHER_DATE, "ask", "its date is not the day on which it goes out", may_pass=True),
        Rule(REPEATED, "ask", "an item stood in one of the last issues", may_pass=True),
        Rule(OLD_TABLE, "advise", "a table has not changed for some days, or is dated before them"),
        Rule(STALE_TABLE, "ask", "a table has not changed for more than 30 days", may_pass=True),
        Rule(EMPTY_PAGE, "advise", "a section's link to all of its items leads to a page without any"),
        Rule(LIST_SIZE, "advise", "there are more readers than today's allowance of messages"),
    )
}
RULES = tuple(RULE_OF.values())
