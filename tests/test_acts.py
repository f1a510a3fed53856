"""Whatever changes the ledger for somebody is told who acts: read off the source, so that no new function is forgotten."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("audience", "feedback")

NOBODY_ACTS = {
    # The service by itself, from a report: the report is its record, kept whole, with what followed from it.
    "newsletter.feedback.handling.Handler._apply": "a report is its own record",
    "newsletter.feedback.handling.Handler._wait": "a report is its own record",
    "newsletter.feedback.handling.Handler._set_aside": "a report is its own record",
    "newsletter.feedback.refusals.judge_refusals": "the attempt is its own record",
    "newsletter.feedback.intake.Intake.keep": "mail and webhooks that come in by themselves; whoever vouches for one is told",
    "newsletter.feedback.webhook_tokens.use_once": "notes that a token was used",
    "newsletter.feedback.periodic.ring_reports": "notes for whom was rung",
    "newsletter.feedback.periodic.forget_old_tokens": "keeps what the settings say",
    "newsletter.feedback.telling.Teller.tell": "writes to the editors; the alarm is its record",
    "newsletter.feedback.telling.Teller.tell_unread": "writes to the editors; the alarm is its record",
    "newsletter.feedback.telling.Teller.tell_unknown": "writes to the editors; the alarm is its record",
    "newsletter.feedback.counting_figures.count": "counts what is in the rows",
    "newsletter.feedback.counting_figures._count_days": "counts what is in the rows",
    "newsletter.feedback.event_buffer.EventBuffer._write": "opens and clicks",
    "newsletter.feedback.event_buffer.EventBuffer._write_missing": "opens and clicks",
    "newsletter.feedback.voting.Voting.vote": "the row names no reader, and an entry would say who answered what",
    # A stranger who fills in the form is nobody yet: the consent record tells of the request once it is answered.
    "newsletter.audience.asking.Asking.ask": "a stranger has no subscription, and so no name to act by",
    "newsletter.audience.answering.Answering.answer": "a worker answers the stranger; the consent record tells of it",
    "newsletter.audience.answering.Answering._put_off": "a sign-up waits for its turn",
    "newsletter.audience.sign_up_rounds.SignUpRounds.tick": "notes for whom was rung, and forgets old sign-ups",
    # Whoever lined the people up is written down; their turns and mails follow from it, each with its consent record.
    "newsletter.audience.invitation_mail.Inviting.invite": "follows from `invitations.ask`; the consent record tells of it",
    "newsletter.audience.invitation_rounds.InvitationRounds._deal": "follows from `invitations.ask`",
    "newsletter.audience.invitation_rounds.InvitationRounds._ring": "notes for whom was rung",
    # Whoever had a list looked at or moved in is written down; a worker does it as that person, with the rights of that moment.
    "newsletter.audience.list_move_work.ListMoveWork.run": "takes a list that somebody began",
    "newsletter.audience.list_move_work.ListMoveWork._do": "gives a list back",
    "newsletter.audience.move_run.MoveRun._write": "notes how far a file is",
    "newsletter.audience.move_run.MoveRun.hold": "keeps a lease",
    "newsletter.audience.list_move_rounds.ListMoveRounds._ring": "frees what a dead worker had",
    "newsletter.audience.list_move_rounds.ListMoveRounds._forget": "keeps uploads as long as is said",
    # Whoever began a change is written down, and its end in their name.
    "newsletter.audience.changing_readers.ChangingReaders._step": "follows from `begin` and `undo`, and writes its end",
    "newsletter.audience.change_rounds.ChangeRounds._forget": "forgets what can be undone no more",
}
"""Functions that write and take no actor, with the reason."""


def _functions(room: str) -> Iterator[tuple[str, ast.FunctionDef]]:
    for path in sorted((ROOT / "newsletter" / room).rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                yield f"{module}.{node.name}", node
            elif isinstance(node, ast.ClassDef):
                for inner in node.body:
                    if isinstance(inner, ast.FunctionDef):
                        yield f"{module}.{node.name}.{inner.name}", inner


def _writes(function: ast.AST) -> bool:
    """Tell whether a function opens a transaction that writes; a stage writes too, chunk by chunk."""
    called = {ast.unparse(node.func) for node in ast.walk(function) if isinstance(node, ast.Call)}
    return any(name.endswith(("database.write", "database.write_on", "stage.chunks")) for name in called)


def _is_told(function: ast.FunctionDef) -> bool:
    return any(argument.arg == "by" for argument in function.args.kwonlyargs)


def _writers() -> dict[str, bool]:
    return {name: _is_told(node) for room in ROOMS for name, node in _functions(room) if _writes(node)}


def test_every_function_that_writes_for_somebody_is_told_who_acts() -> None:
    assert sorted(name for name, told in _writers().items() if not told and name not in NOBODY_ACTS) == []


def test_whoever_need_not_be_told_is_listed_only_while_it_writes() -> None:
    writers = _writers()
    assert sorted(name for name in NOBODY_ACTS if writers.get(name, True)) == []


def test_a_function_that_writes_untold_would_be_found() -> None:
    tree = ast.parse("def f(database, *, at):\n with database.write() as session:\n  pass")
    (function,) = tree.body
    assert isinstance(function, ast.FunctionDef)
    assert _writes(function) and not _is_told(function)


def _sets_a_subscription(source: str) -> bool:
    targets = [
        ast.unparse(target)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Assign)
        for target in (t for each in node.targets for t in (each.elts if isinstance(each, ast.Tuple) else [each]))
    ]
    return any(target.endswith("subscription.state") for target in targets)


def test_a_subscription_is_moved_in_one_place() -> None:
    setting = [
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / "newsletter").rglob("*.py"))
        if _sets_a_subscription(path.read_text(encoding="utf-8"))
    ]
    assert setting == ["newsletter/store/audience/subscriptions.py"]
    assert _sets_a_subscription("member.subscription.state, x = 1, 2")
