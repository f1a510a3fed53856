"""Answers for tests that are about something else than what is asked before an issue goes out."""

from newsletter.issues.preflight import OTHER_DATE, REPEATED, SAME_DAY, SAME_TEXT

MEANT = (SAME_TEXT, SAME_DAY, OTHER_DATE, REPEATED)
"""The same text or items, a second issue on a day, another date: all of it is meant."""
