"""`newsletter issue`: from a file to the mailbox. This file is the table of contents; the verbs lie beside it."""

from __future__ import annotations

import typer

from newsletter.cli.commands import (
    issue_assembling,
    issue_bin,
    issue_checking,
    issue_drafting,
    issue_naming,
    issue_report,
    issue_sending,
    issue_watching,
    issue_writing,
)

HELP = """\
Write, look over, send and follow issues.

\b
  newsletter issue import today.md             store the file as a draft
  newsletter issue check today                 what is wrong or doubtful?
  newsletter issue preview today --as text     see it as readers will
  newsletter issue test today --to me@example.org
  newsletter issue schedule today --at 2026-05-09T06:00Z
  newsletter issue status today
"""

app = typer.Typer(name="issue", help=HELP, no_args_is_help=True)

app.command("import")(issue_writing.import_file)
app.command("new")(issue_writing.new)
app.command("assemble")(issue_assembling.assemble)
app.command("list")(issue_writing.list_all)
app.command("delete")(issue_bin.delete)
app.command("restore")(issue_bin.restore)
app.command("rename")(issue_naming.rename)
app.command("preview")(issue_writing.preview)
app.command("propose")(issue_drafting.propose)
app.command("accept")(issue_drafting.accept)
app.command("check")(issue_checking.check)
app.command("test")(issue_sending.send_test)
app.command("approve")(issue_naming.approve)
app.command("schedule")(issue_sending.schedule)
app.command("send")(issue_sending.send)
app.command("pause")(issue_sending.pause)
app.command("resume")(issue_sending.resume)
app.command("cancel")(issue_sending.cancel)
app.command("undo")(issue_sending.undo)
app.command("resend")(issue_sending.resend)
app.command("send-later")(issue_sending.send_later)
app.command("audience")(issue_sending.audience)
app.command("status")(issue_watching.status)
app.command("deliveries")(issue_watching.deliveries)
app.command("report")(issue_report.report)
app.command("recount")(issue_report.recount)
app.command("links")(issue_report.links)
app.command("relink")(issue_report.relink)
