"""All rules of preflight, by group: a rule that stands in none of these files is no rule."""

from __future__ import annotations

from newsletter.issues.preflight import (
    access,
    asked,
    finished_mail,
    furniture,
    head,
    links,
    outside,
    pictures,
    sender,
    structure,
    turned,
    words,
)
from newsletter.issues.preflight.finding import Rule

LOOKS = (
    head.look,
    words.look,
    turned.look,
    structure.look,
    links.look,
    pictures.look,
    furniture.look,
    sender.look,
    finished_mail.look,
    access.look,
)
"""What looks at an issue by itself, in this order."""
GROUPS: dict[str, tuple[Rule, ...]] = {
    "Subject and preheader": head.RULES,
    "Words": (*words.RULES, turned.TURNED),
    "Structure": structure.RULES,
    "Links as written": links.RULES,
    "Images as written": pictures.RULES,
    "Furniture": furniture.RULES,
    "Sender": sender.RULES,
    "The finished mail": finished_mail.RULES,
    "Access": access.RULES,
    "Other issues and readers": asked.RULES,
    "Looked at outside, when asked": outside.RULES,
}
RULES: dict[str, Rule] = {rule.id: rule for rules in GROUPS.values() for rule in rules}
"""By their ids, which stay what they are from release to release."""
MAY_PASS = tuple(rule.id for rule in RULES.values() if rule.may_pass)
"""Rules whose stops and questions an editor may let pass by name."""
