"""The products whose posts are known, each a table of columns and words in a file of its own."""

from newsletter.issues.moving.post_table import PostTable
from newsletter.issues.moving.products.beehiiv import BEEHIIV
from newsletter.issues.moving.products.buttondown import BUTTONDOWN
from newsletter.issues.moving.products.mailchimp import MAILCHIMP
from newsletter.issues.moving.products.substack import SUBSTACK

TABLES: tuple[PostTable, ...] = (SUBSTACK, BEEHIIV, BUTTONDOWN, MAILCHIMP)
PLAIN, GHOST = "plain", "ghost"
PRODUCTS = (*(each.word for each in TABLES), GHOST, PLAIN)
