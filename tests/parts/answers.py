"""Answers for tests that are about something else than what is asked before an issue goes out."""

from newsletter.issues.preflight import OTHER_DATE, SAME_DAY, SAME_TEXT

MEANT = (SAME_TEXT, SAME_DAY, OTHER_DATE)
"""The same text, a second issue on a day, another date: all of it is meant."""
