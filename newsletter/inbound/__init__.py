"""Ways in: an SMTP listener, a mailbox by IMAP, a Maildir, and the signatures of those who call."""
