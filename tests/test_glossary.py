"""The glossary has a word for each noun of the domain that the code makes a class of, and no word that nobody uses."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_floors import ROOT

HOUSE = ROOT / "newsletter"
ROOMS = ("accounts", "audience", "publications", "issues", "delivery", "feedback", "archive", "sources", "service")
TOOLS = ("store", "rendering", "transports", "inbound", "journal", "fetch")
TOOL_FILES = (
    "queue",
    "pacing",
    "keyring",
    "dns",
    "page_priority",
    "logs",
    "private_files",
    "moved_files",
    "holder",
    "guarded_child",
)
WALKED = ("model", *ROOMS, *TOOLS)
STANDARDS = {
    "transports/smtp": "a client of RFC 5321 and its extensions: connections, replies, capabilities",
    "transports/providers": "what the providers call theirs",
    "accounts/oidc": "what OpenID Connect calls its own",
    "transports/oidc": "what OpenID Connect calls its own",
    "inbound/signatures.py": "what Amazon SNS calls its own",
}
"""Folders whose classes are named after somebody else's words."""

PARTICIPLES = ("Begun", "Brought", "Drawn", "Found", "Heard", "Left", "Said", "Shut", "Told")
"""Those that do not end in -ed."""
BESIDE = {
    "of the machine: columns, rows and files, not of the domain": (
        "Ask", "Base", "ListedKnowledge", "Meter", "ReadValue", "StagedValue", "CountedBlock", "CountKey", "Database", "Fetcher", "Glance", "FolderStore", "FetchLimits",
        "Hop", "HostLine", "HostLines", "IdBlock", "Lines", "Lookups", "Manner", "Model", "Moment", "Page", "S3Store", "Seldom", "StoredFile",
        "Templates", "CompiledTemplates", "Word", "KnownReader", "RemovalStep", "ColumnKind", "ToldTable", "RolledUpSoon",
    ),
    "of a file's text: Markdown, CSV, HTML and colours": (
        "Align", "Hunk", "Sort", "Stretch", "Comparison", "TypedText", "Column", "Grid", "GridRow", "Hidden", "InboxRow", "Line", "LinkNumbers",
        "MappingMistake", "Outline", "Palette", "PlainTable", "Sizes", "SourceText", "Table", "WrittenAddress", "PlacedPicture", "Scalar", "WrittenText",
        "InboxLine", "InboxProgram", "PageFacts", "TextFile", "ErrorFiles", "PlacedHeading", "PostBody", "PostLinks", "PostPlace", "Addresses",
        "PictureFiles", "PostPictures", "LinkDefinitions",
    ),
    "kinds of segment rules": (
        "HasTag", "FieldIs", "Joined", "CameBy", "Got", "Clicked", "ReadSection", "AtDomain", "BouncedLately", "AllOf", "AnyOf", "NoneOf", "ChosenReader",
    ),
    "of the list of readers: what is typed, how it is looked for, what a page shows": (
        "AddedReader", "ChangePreview", "ChangedReader", "ChangedState", "Driver", "FilterChoices", "FilterPart", "FoundReaders", "LateSignUp",
        "ListedReaderRow", "OneReader", "ReaderAsk", "ReaderFile", "ReaderLists", "ReaderPage", "TypedFilter", "WantedChange",
        "ChangingReaders",
    ),
    "of LaTeX": ("Atom", "Formula", "Kind", "Piece"),
    "of IMAP, SMTP and Maildir": ("Caught", "ImapMailbox", "ImapUrl", "MaildirReader", "MessageHandler", "Peer", "Side", "SmtpListener"),
    "who does the work of a verb of the room": (
        "Dresser", "Engine", "GuardedChild", "GuardedReader", "Handler", "Learner", "Listener", "LookingOutside", "LookingOver", "Rspamd",
        "SpamAssassinCommand", "Spamd", "SpamScorer", "Lookout", "Reader", "Renderer", "Sealer", "Sender", "PeriodicFeedback", "SignIn", "SteppingAside",
        "Sweeper", "TakesOut", "Teller", "Gatherer", "Rearranging", "DomainChecking", "Rehearsing", "SendingLater", "MovingPosts", "StoringPosts", "KeptPictures",
    ),
    "what a query finds, or a function is told": (
        "Absence", "Answers", "Beat", "Bound", "Counts", "DomainRates",
        "Due", "FoundTable", "OfferedPage", "Entry", "Enrolment", "Factors", "Facts", "Fates", "Half", "Index", "Looks", "Loss", "Luggage", "May",
        "Membership", "Newcomer", "Other", "OwnDomains", "Past", "RowVerdict", "YesNoColumns", "Rules", "Shelf", "Stood", "StopReason", "Values", "Visit", "Wide",
        "Visits", "Reads", "Asks", "AskingAll", "ArxivCompleting", "Join", "TitleRow", "KeptWork", "Before", "Company", "Edit", "ChangedSince",
        "IssueFilter", "SentIssue", "LaterCount", "OldItem", "PastedLink", "Use", "PreviewReader", "TimelineMark", "SaidOfFiles", "MoveChoices",
        "ListmonkAddress", "PostTerms", "PostsReport", "MadePost", "CleanedPost", "ConvertedPost", "FoundPosts", "PlannedPost", "ReadiedPost",
        "ReportedPost", "MoveActs", "PostChoices", "PostMoves", "PostsUnderWay", "ToldChoices",
    ),
}  # fmt: skip
"""Classes that are no words of the domain, by why."""


def terms() -> list[str]:
    """Return the words that the glossary explains, in lower case, without hyphens."""
    entries = re.findall(r"^- \*\*(.+?)\*\*", (ROOT / "GLOSSARY.md").read_text(encoding="utf-8"), re.MULTILINE)
    return [term.strip().lower().replace("-", " ") for entry in entries for term in entry.split(",")]


def files() -> Iterator[Path]:
    """Return the modules of the words, the rooms and the tools."""
    for folder in WALKED:
        yield from sorted((HOUSE / folder).rglob("*.py"))
    yield from (HOUSE / f"{name}.py" for name in TOOL_FILES)


def classes() -> dict[str, list[str]]:
    """Return where each public class is, by name; errors are left out: `newsletter/errors.py` is their family."""
    found: dict[str, list[str]] = {}
    for path in files():
        place = str(path.relative_to(HOUSE))
        if not place.startswith(tuple(STANDARDS)):
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_") and not is_error(node):
                    found.setdefault(node.name, []).append(place)
    return found


def is_error(node: ast.ClassDef) -> bool:
    return any(ast.unparse(base).endswith(("Error", "Exception")) for base in node.bases)


def words(name: str) -> str:
    """Return `BatchClaim` as "batch claim"."""
    return " ".join(re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z]+|\d+", name)).lower()


def holds(text: str, term: str) -> bool:
    """Tell whether a term, or its plural, stands in a text of lower case."""
    stem = rf"{re.escape(term[:-1])}(ys?|ies)" if term.endswith("y") else rf"{re.escape(term)}(e?s)?"
    return re.search(rf"(?<![a-z]){stem.replace(chr(92) + ' ', '[ _-]?')}(?![a-z])", text) is not None


def is_verb(name: str) -> bool:
    """Tell whether a class is named by what is done or was done (`Confirming`, `Confirmed`, `LookingOver`): no noun."""
    return re.search(rf"(ing|ed|{'|'.join(PARTICIPLES)})(Aside|In|Out|Over)?$", name) is not None


def unexplained(name: str, known: list[str]) -> bool:
    return not is_verb(name) and not any(holds(words(name), term) for term in known)


def test_every_class_that_is_a_noun_of_the_domain_stands_in_the_glossary() -> None:
    beside = {name for names in BESIDE.values() for name in names}
    missing = {name: where for name, where in classes().items() if name not in beside and unexplained(name, terms())}
    assert missing == {}, "add a line to GLOSSARY.md, or to BESIDE with its reason"


def test_what_stands_beside_the_glossary_is_there_and_is_not_in_it() -> None:
    present, known = classes(), terms()
    beside = [name for names in BESIDE.values() for name in names]
    assert [name for name in beside if name not in present or beside.count(name) > 1] == []
    assert [name for name in beside if words(name) in known] == []


def test_a_name_is_given_to_one_class() -> None:
    assert {name: where for name, where in classes().items() if len(where) > 1} == {}


def test_a_term_is_explained_once() -> None:
    known = terms()
    assert sorted({term for term in known if known.count(term) > 1}) == ["proof"]  # of who acts, and of a report


def test_every_term_is_used() -> None:
    pages = [
        ROOT / "ARCHITECTURE.md",
        ROOT / "README.md",
        *(ROOT / "docs").glob("*.md"),
        *(ROOT / "templates").rglob("*.j2"),
    ]
    texts = [path.read_text(encoding="utf-8").lower() for path in [*HOUSE.rglob("*.py"), *pages, *_others_tests()]]
    everything = "\n".join(texts)
    unused = [term for term in terms() if not holds(everything, term)]
    assert not unused, unused


def _others_tests() -> list[Path]:
    return [path for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__)]


@pytest.mark.parametrize(("name", "known", "missing"), [
    ("BatchClaim", ["claim"], False),
    ("FirstTries", ["first try"], False),
    ("Boxes", ["box"], False),
    ("Clematis", ["claim"], True),
    ("Reclaim", ["claim"], True),
    ("Confirming", [], False),
])  # fmt: skip
def test_a_class_is_explained_by_a_whole_word(name: str, known: list[str], missing: bool) -> None:
    assert unexplained(name, known) is missing
