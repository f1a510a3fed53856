"""Rows of readers: subscribers, subscriptions, consents, suppressions, and lists on their way in."""
