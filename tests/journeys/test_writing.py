"""Writing an issue in a real browser: the editor, its outline, what is pasted and dropped, and the preview beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from newsletter.audience.keeping_fields import FieldWish
from newsletter.bootstrap import Parts
from newsletter.canonical_url import key_of
from newsletter.clock import SettableClock
from newsletter.issues.addressing import publication_named
from newsletter.issues.editing import Editing
from newsletter.issues.parsing import parse_issue
from newsletter.store.database import Database
from newsletter.store.sources import used
from newsletter.web.app import create_app
from tests.issues.samples import add_publication, issue_text
from tests.journeys.pictures import picture
from tests.journeys.serving import Served
from tests.parts.actors import OPERATOR
from tests.parts.pictures import png
from tests.parts.source_server import SourceServer, Stand
from tests.parts.waiting import comes_true
from tests.sources.gathering_rig import plain_fetcher
from tests.web.places import make_parts, publish
from tests.web.seats import ADDRESS, PASSWORD, add_editor

LABEL = "Text of the issue"


@dataclass
class Writer:
    """An editor with a draft open."""

    page: Page
    parts: Parts

    @property
    def text(self) -> str:
        """What the form would send."""
        return self.page.locator("#text").input_value()

    def put(self, line: str, *, at: int = 1) -> None:
        """Set the caret into a line that begins so, at a column."""
        number = next(n for n, each in enumerate(self.text.split("\n"), 1) if each.startswith(line))
        self.page.evaluate("([line, at]) => window.issueEditor.jump(line, at)", [number, at])

    def paste(self, **kinds: str) -> None:
        """Paste into the editor; `plain` and `html` are what the clipboard holds."""
        names = {"plain": "text/plain", "html": "text/html"}
        self.page.evaluate(
            """(kinds) => { const data = new DataTransfer();
            for (const [kind, words] of Object.entries(kinds)) { data.setData(kind, words); }
            document.querySelector(".cm-content").dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })); }""",
            {names[name]: words for name, words in kinds.items()},
        )

    def drop_image(self, name: str) -> None:
        """Drop a picture on the line of the caret."""
        self.page.evaluate(
            """([octets, name]) => { const data = new DataTransfer();
            data.items.add(new File([new Uint8Array(octets)], name, { type: "image/png" }));
            const line = document.querySelector(".cm-activeLine").getBoundingClientRect();
            document.querySelector(".cm-content").dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true, clientX: line.x + 20, clientY: line.y + 5 })); }""",
            [list(png(40, 30)), name],
        )

    def waits_for(self, words: str) -> None:
        """Wait until the text holds some words."""
        expect(self.page.locator("#text")).to_have_value(re.compile(re.escape(words)))

    def picture(self, name: str) -> None:
        """Keep the pictures of the page."""
        picture(self.page, f"desk-{name}")


@pytest.fixture
def writer(browser: Browser, sqlite_database: Database, clock: SettableClock, tmp_path: Path) -> Iterator[Writer]:
    """A draft in the editor; a word on the console, or one against the content policy, fails the test."""
    served, trouble = Served(), []
    made = make_parts(sqlite_database, clock, tmp_path, base_url=served.url)
    add_publication(sqlite_database)
    add_editor(made)
    Editing(sqlite_database, clock).import_issue(issue_text(), source="x.md", by=OPERATOR)
    served.start(create_app(made))
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.set_default_timeout(20_000)
    expect.set_options(timeout=20_000)
    page.on("console", lambda message: trouble.append(message.text) if _is_fault(message) else None)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.goto(f"{served.url}/desk")
    page.get_by_label("Email address").fill(ADDRESS)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Springs and neaps").click()
    expect(page.locator(".cm-content")).to_be_visible()
    yield Writer(page, made)
    context.close()
    served.stop()
    assert trouble == []


def faults(page: Page) -> list[str]:
    """Return what axe finds on the page; the mail in the frame is looked at elsewhere."""
    found = Axe().run(page, context="body").response["violations"]
    return [
        f"{each['id']}: {node['html'][:200]}"
        for each in found
        for node in each["nodes"]
        if "iframe" not in str(node["target"][0])
    ]


def _is_fault(message: ConsoleMessage) -> bool:
    expected = ("status of 422", "net::ERR_INTERNET_DISCONNECTED")
    return message.type == "error" and not any(words in message.text for words in expected)


@pytest.mark.pictures
def test_what_is_typed_is_in_the_form_and_in_the_preview(writer: Writer) -> None:
    page = writer.page
    writer.put("### [A new pier]", at=6)
    page.keyboard.press("ArrowLeft")  # to the beginning of what was selected
    page.keyboard.type("Glass: ")
    writer.waits_for("[Glass: A new pier]")
    expect(page.frame_locator("#frame").get_by_role("link", name="Glass: A new pier")).to_be_visible()
    expect(page.locator("#outline").get_by_role("button", name="Glass: A new pier")).to_be_visible()
    writer.picture("write")
    page.keyboard.press("Control+z")
    writer.waits_for("[A new pier]")
    page.keyboard.press("Control+s")
    expect(page.get_by_role("status")).to_have_text("Saved.")


@pytest.mark.pictures
def test_a_mistake_is_underlined_at_its_word_and_the_last_good_preview_stays(writer: Writer) -> None:
    page = writer.page
    frame = page.frame_locator("#frame")
    expect(frame.get_by_role("link", name="A new pier")).to_be_visible()
    expect(page.locator("#weights summary")).to_contain_text("that Gmail shows")
    page.locator("#text").fill(writer.text.replace("kind=papers", "kind=novels"))
    expect(page.locator(".cm-lintRange-error")).to_contain_text("kind=novels")
    expect(page.locator("#as-of")).to_contain_text("The preview is as of")
    expect(frame.get_by_role("link", name="A new pier")).to_be_visible()
    page.locator(".cm-content").press("F8")
    expect(page.locator(".cm-tooltip, .cm-panel").first).to_be_visible()
    writer.picture("write-mistake")


def test_one_key_mends_what_preflight_can_mend(writer: Writer) -> None:
    page = writer.page
    page.locator("#text").fill(
        writer.text.replace("https://pier.example.org/", "https://pier.example.org/?utm_source=x")
    )
    expect(page.locator(".cm-lintRange").first).to_be_attached()
    expect(page.locator("#outline .dot").first).to_be_visible()
    writer.put("### [A new pier]")
    expect(page.locator(".cm-activeLine .cm-lintRange").first).to_be_attached()
    page.keyboard.press("Control+.")
    writer.waits_for("(https://pier.example.org/)")


def test_sections_and_items_move_by_key_and_by_hand_with_their_text(writer: Writer) -> None:
    page, outline = writer.page, writer.page.locator("#outline")
    before = parse_issue(writer.text)
    buttons = outline.locator("> ol > li > button")
    expect(buttons).to_have_count(len(before.sections))
    buttons.nth(1).focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(buttons.nth(0)).to_contain_text(before.sections[1].title)
    moved = parse_issue(writer.text)
    assert [each.slug for each in moved.sections[:2]] == [before.sections[1].slug, before.sections[0].slug]
    assert {each.slug: each for each in moved.sections} == {each.slug: each for each in before.sections}
    page.keyboard.press("Alt+ArrowDown")
    assert parse_issue(writer.text) == before
    buttons.nth(0).drag_to(buttons.nth(1))
    expect(buttons.nth(1)).to_contain_text(before.sections[0].title)
    assert parse_issue(writer.text).sections[1] == before.sections[0]


@pytest.mark.pictures
def test_each_kind_of_preview_is_shown(writer: Writer) -> None:
    page, frame = writer.page, writer.page.frame_locator("#frame")
    expect(frame.get_by_role("link", name="A new pier")).to_be_visible()
    for kind, there in (
        ("Dark", "a"),
        ("No images", "a"),
        ("No style sheet", "a"),
        ("No styles", "a"),
        ("Web", ".issue"),
        ("Text", "pre"),
        ("Inbox", ".inbox-line"),
        ("Phone", "a"),
    ):
        page.locator("#tabs label", has_text=re.compile(f"^{kind}$")).click()
        expect(frame.locator(there).first).to_be_visible()
    expect(page.locator("#frame")).to_have_class(re.compile("is-phone"))
    page.get_by_text("As a reader").click()
    page.get_by_label("Address", exact=True).fill("mara@shore.example")
    page.get_by_label("Address", exact=True).press("Tab")
    expect(frame.get_by_text("mara@shore.example")).to_be_attached()
    page.get_by_label("Language").select_option("fr")
    page.get_by_label("Tracking").select_option("individual")
    expect(frame.locator("html[lang=fr]")).to_be_attached()
    expect(frame.get_by_role("link", name="A new pier")).to_have_attribute("href", re.compile("this-is-only-a-preview"))
    writer.picture("write-reader")
    assert [each for each in faults(page) if "#frame" not in each] == []


def test_a_field_writes_its_line_of_the_front_matter(writer: Writer) -> None:
    page = writer.page
    page.locator("#front").get_by_label("Subject").fill('Tides: "high" and low')
    writer.waits_for('subject: "Tides: \\"high\\" and low"')
    assert parse_issue(writer.text).subject == 'Tides: "high" and low'
    page.locator("#front").get_by_label("Preheader").fill("")
    assert parse_issue(writer.text).preheader == ""
    page.locator("#front").get_by_label("Preheader").fill("Read me")
    assert parse_issue(writer.text).preheader == "Read me"


def test_cells_of_a_sheet_become_a_table(writer: Writer) -> None:
    writer.put("When two swells cross.")
    writer.page.keyboard.press("End")
    writer.page.keyboard.type("\n\n")
    writer.paste(plain="Model\tScore\nA | b\t60.2\nB\t57")
    writer.waits_for("| Model | Score |\n| :-- | --: |\n| A \\| b | 60.2 |\n| B | 57 |")


def test_html_of_a_word_processor_becomes_markdown_and_undo_brings_the_words_back(writer: Writer) -> None:
    writer.put("It opens in spring.")
    docs = '<b style="font-weight:normal"><p><span style="font-weight:700">Bold</span> and <a href="https://x.example/a">a link</a></p></b>'
    writer.paste(plain="Bold and a link", html=docs)
    writer.waits_for("**Bold** and [a link](https://x.example/a)")
    expect(writer.page.frame_locator("#frame").get_by_role("link", name="a link")).to_be_visible()
    writer.page.locator(".cm-content").press("Control+z")
    writer.waits_for("\nBold and a link\n")


def test_a_link_on_an_empty_line_becomes_an_item_and_may_be_left_a_link(writer: Writer) -> None:
    with SourceServer() as server:
        writer.parts.__dict__["source_fetcher"] = plain_fetcher(server, writer.parts.clock)
        page = b'<title>x</title><meta property="og:title" content="Seals &amp; tides"><meta name="description" content="They rest.">'
        server.put("news.example", "/seals", Stand(page, content_type="text/html"))
        server.put("news.example", "/slow", Stand(hangs=True))
        writer.put("It opens in spring.")
        writer.page.keyboard.press("End")
        writer.page.keyboard.type("\n\n")
        writer.paste(plain=server.url("news.example", "/seals"))
        writer.waits_for("### [Seals & tides](")
        writer.waits_for("They rest.")
        item = parse_issue(writer.text).sections[0].items[1]
        assert item.title == "Seals & tides" and item.url == server.url("news.example", "/seals")
        writer.page.keyboard.type("\n\n")
        writer.paste(plain=server.url("news.example", "/slow"))
        expect(writer.page.locator(".cm-fetching")).to_be_visible()
        writer.page.keyboard.press("Escape")
        expect(writer.page.locator(".cm-fetching")).to_have_count(0)
        assert server.url("news.example", "/slow") in writer.text
        writer.parts.source_reader.close()


@pytest.mark.pictures
def test_a_link_that_was_sent_before_says_when_and_undo_takes_note_and_item_back(writer: Writer) -> None:
    with SourceServer() as server:
        writer.parts.__dict__["source_fetcher"] = plain_fetcher(server, writer.parts.clock)
        server.put("news.example", "/seals", Stand(b"<title>Seals</title>", content_type="text/html"))
        url, database = server.url("news.example", "/seals"), writer.parts.database
        old = issue_text("old").replace("2026-01-01", "2025-12-30").replace("https://pier.example.org/", url)
        home = publication_named(database, "tide")
        publish(database, home, parse_issue(old))
        with database.write() as session:
            used.give_keys(session, home.id, {number: key_of(at) for number, at in used.without_key(session, home.id)})
        writer.put("It opens in spring.")
        writer.page.keyboard.press("End")
        writer.page.keyboard.type("\n\n")
        writer.paste(plain=f"{url}?utm_source=mail")
        note = writer.page.locator(".cm-remark")
        expect(note).to_have_text("Sent before on Dec 30, 2025")
        expect(writer.page.get_by_role("status").first).to_contain_text("Sent before on Dec 30, 2025.")
        writer.picture("write-sent-before")
        assert "Sent before" not in writer.text
        writer.page.locator(".cm-content").press("Control+z")
        expect(note).to_have_count(0)
        assert "### [Seals](" not in writer.text and f"{url}?utm_source=mail" in writer.text
        writer.parts.source_reader.close()


@pytest.mark.pictures
def test_comments_stand_in_the_margin_follow_their_line_and_are_answered_there(writer: Writer) -> None:
    page, mark = writer.page, writer.page.locator(".cm-comments .comment-mark:visible")
    writer.put("It opens in spring.")
    page.keyboard.press("Control+Shift+M")
    box = page.get_by_role("region", name="Comments on a line")
    box.get_by_label("Comment on this line").fill("Which spring?")
    box.get_by_label("Comment on this line").press("Control+Enter")
    expect(box.get_by_text("Which spring?")).to_be_visible()
    expect(mark).to_have_text("1")
    box.get_by_label("Your answer").fill("That of next year.")
    box.get_by_role("button", name="Answer").click()
    expect(mark).to_have_text("2")
    writer.picture("write-comments")
    assert [each for each in faults(page) if "#frame" not in each] == []
    box.get_by_role("button", name="Resolve").click()
    expect(page.locator(".comment-mark.is-settled:visible")).to_have_text("2")
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()
    expect(page.locator(".cm-content")).to_be_focused()
    writer.put("The **moon**")
    page.keyboard.press("ArrowLeft")
    page.keyboard.type("A line above.\n\n")
    writer.waits_for("A line above.")
    number = writer.text.split("\n").index("It opens in spring.") + 1
    mark.click()
    expect(box.get_by_role("heading", name=f"Line {number}: 1 thread")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+s")
    expect(page.get_by_role("status").first).to_have_text("Saved.")
    page.reload()
    mark.click()
    expect(box.get_by_role("heading", name=f"Line {number}: 1 thread")).to_be_visible()
    expect(box.get_by_text("That of next year.")).to_be_visible()


def test_a_dropped_image_is_described_and_kept(writer: Writer) -> None:
    writer.put("It opens in spring.")
    writer.drop_image("pier.png")
    dialog = writer.page.get_by_role("dialog", name="pier.png")
    dialog.get_by_label("In words").fill("A pier at dawn")
    dialog.get_by_role("button", name="Add it").click()
    writer.waits_for("![A pier at dawn](/images/")
    expect(writer.page.frame_locator("#frame").get_by_alt_text("A pier at dawn")).to_be_visible()


@pytest.mark.pictures
def test_an_image_whose_dialog_is_dismissed_is_offered_again_with_the_words_that_were_typed(writer: Writer) -> None:
    page = writer.page
    writer.put("It opens in spring.")
    writer.drop_image("pier.png")
    dialog = page.get_by_role("dialog", name="pier.png")
    dialog.get_by_label("In words").fill("A pier")
    page.keyboard.press("Escape")
    expect(page.locator(".left-out")).to_contain_text("pier.png is not in the text.")
    writer.picture("write-left-out")
    assert "![" not in writer.text
    page.get_by_role("button", name="Describe and add it").click()
    expect(dialog.get_by_label("In words")).to_have_value("A pier")
    page.keyboard.press("Enter")
    writer.waits_for("![A pier](/images/")
    expect(page.locator(".left-out")).to_have_count(0)
    page.locator(".cm-content").press("Control+z")
    writer.drop_image("quay.png")
    page.get_by_role("dialog", name="quay.png").get_by_role("button", name="Not now").click()
    page.get_by_role("button", name="Let it go").click()
    expect(page.locator(".left-out")).to_have_count(0)


def test_completion_knows_the_text_as_it_stands_and_the_words_that_the_desk_reads(writer: Writer) -> None:
    page = writer.page
    page.locator("#text").fill(writer.text.rstrip() + "\n\n## Brand new quays\n\nSee \n")
    offered = page.locator(".cm-tooltip-autocomplete li")
    writer.put("## Brand new quays")
    page.keyboard.press("End")
    page.keyboard.type(" {#")
    page.keyboard.press("Control+Space")
    expect(offered.filter(has_text="brand-new-quays")).to_be_visible()
    page.keyboard.type("brand-new-quays kind=")
    page.keyboard.press("Control+Space")
    expect(offered.filter(has_text="sponsor")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.type("text}")
    writer.put("See ")
    page.keyboard.press("End")
    page.keyboard.type("[quays](#bra")
    page.keyboard.press("Control+Space")
    expect(offered.filter(has_text="brand-new-quays")).to_be_visible()
    writer.put("---")
    page.keyboard.press("End")
    page.keyboard.type("\nprehe")
    page.keyboard.press("Control+Space")
    expect(offered.filter(has_text="preheader:")).to_be_visible()


def test_merge_fields_are_completed_and_one_that_nobody_knows_is_marked_with_the_remedy(writer: Writer) -> None:
    page, home = writer.page, publication_named(writer.parts.database, "tide")
    writer.parts.keeping_fields.add(home.id, FieldWish("Home town"), by=OPERATOR)
    page.reload()
    page.locator("#text").fill(writer.text.rstrip() + "\n\nGreetings \n\nDear {{home_twon|friend}}\n")
    offered = page.locator(".cm-tooltip-autocomplete li")
    writer.put("Greetings ")
    page.keyboard.press("End")
    page.keyboard.type("{{ho")
    offered.filter(has_text="home_town").click()
    page.keyboard.type("Ulm")
    writer.waits_for("Greetings {{home_town|Ulm}}\n")
    expect(page.locator(".cm-merge")).to_have_text("{{home_town|Ulm}}")
    expect(page.locator(".cm-unknown")).to_have_text(
        ["{{", "home_twon", "|friend}}"]
    )  # the mark of the finding parts it
    marked = page.locator(".cm-lintRange-error").filter(has_text="home_twon")
    expect(marked).to_be_visible()
    marked.hover()
    expect(page.locator(".cm-diagnostic-error .remedy")).to_contain_text("Did you mean home_town?")
    writer.put("subject:")
    page.keyboard.press("End")
    page.keyboard.type(" {{na")
    expect(offered.filter(has_text="name")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.type("me|you")
    expect(page.locator(".cm-merge")).to_have_text(["{{name|you}}", "{{home_town|Ulm}}"])


def test_text_and_preview_scroll_together(writer: Writer) -> None:
    page, frame = writer.page, writer.page.frame_locator("#frame")
    long = "".join(f"\n### Item {number}\n\n" + "words of it " * 60 + "\n" for number in range(30))
    page.locator("#text").fill(writer.text.rstrip() + "\n\n## Long {#long}\n" + long)
    expect(frame.get_by_role("heading", name="Item 29")).to_be_attached()
    expect(page.locator("#outline").get_by_role("button", name="Item 29")).to_be_attached()
    page.locator("#outline").get_by_role("button", name="Item 20").click()
    expect(frame.get_by_role("heading", name="Item 20")).to_be_in_viewport()
    box = page.locator("#frame").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 60, box["y"] + 60)
    page.mouse.wheel(0, -100_000)
    # Not `wait_for_function`: what it asks again and again is evaluated by the page, whose policy refuses that.
    assert comes_true(lambda: page.evaluate("window.issueEditor.topLine()") < 12)


def test_without_a_network_what_is_pasted_and_said_stays_and_is_told(writer: Writer) -> None:
    page = writer.page
    writer.put("It opens in spring.")
    page.keyboard.press("End")
    page.keyboard.type("\n\n")
    page.context.set_offline(True)
    status = page.get_by_role("status").first
    writer.paste(plain="https://news.example/seals")
    expect(status).to_have_text("The words stay as they were pasted: the service does not answer.")
    writer.waits_for("\nhttps://news.example/seals")
    expect(page.locator(".cm-fetching")).to_have_count(0)
    page.keyboard.press("Control+Shift+M")
    field = page.get_by_label("Comment on this line")
    field.fill("Is it so?")
    field.press("Control+Enter")
    expect(status).to_contain_text("The comment is not stored: the service does not answer.")
    expect(field).to_have_value("Is it so?")
    page.keyboard.press("Escape")
    writer.drop_image("pier.png")
    page.get_by_role("dialog", name="pier.png").get_by_label("In words").fill("A pier")
    page.keyboard.press("Enter")
    expect(page.locator(".left-out")).to_contain_text("pier.png is not added: the service does not answer.")
    page.context.set_offline(False)
    page.get_by_role("button", name="Describe and add it").click()
    page.keyboard.press("Enter")
    writer.waits_for("![A pier](/images/")


def test_a_finding_that_comes_late_marks_no_other_words_and_a_fix_follows_its_line(writer: Writer) -> None:
    page = writer.page
    address = "https://pier.example.org/?utm_source=x"
    page.locator("#text").fill(writer.text.replace("https://pier.example.org/", address))
    writer.put("### [A new pier]")
    expect(page.locator(".cm-activeLine .cm-lintRange").first).to_be_attached()
    marked = page.locator(".cm-lintRange").first.inner_text()
    page.route("**/preview", lambda _: None)  # from here on no answer comes
    page.evaluate(
        """() => { const { view } = window.issueEditor, { from } = view.state.doc.line(10);
        view.dispatch({ changes: { from, insert: "One more line.\\n\\n" }, userEvent: "input.type" });
        document.dispatchEvent(new CustomEvent("looked", { detail: { sent: "another text", findings: [
          { severity: "advise", rule: "late", what: "late", remedy: "", line: 1, from: 1, to: 4, fix: null }] } })); }"""
    )
    assert page.locator(".cm-lintRange").first.inner_text() == marked
    writer.put("### [A new pier]")
    page.keyboard.press("Control+.")
    writer.waits_for("(https://pier.example.org/)")
    page.unroute_all(behavior="ignoreErrors")


def test_the_outline_is_not_drawn_anew_under_what_is_dragged(writer: Writer) -> None:
    page, buttons = writer.page, writer.page.locator("#outline > ol > li > button")
    before = parse_issue(writer.text)
    page.evaluate(
        """() => { const [one, other] = document.querySelectorAll("#outline > ol > li > button"), dataTransfer = new DataTransfer();
        one.dispatchEvent(new DragEvent("dragstart", { dataTransfer, bubbles: true }));
        document.dispatchEvent(new CustomEvent("looked", { detail: { sent: window.issueEditor.view.state.doc.toString(), findings: [] } }));
        window.wasThere = one.isConnected;
        other.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
        one.dispatchEvent(new DragEvent("dragend", { dataTransfer, bubbles: true })); }"""
    )
    assert page.evaluate("window.wasThere")
    expect(buttons.nth(1)).to_contain_text(before.sections[0].title)
    assert parse_issue(writer.text).sections[1] == before.sections[0]


def test_a_subject_that_yaml_takes_for_nothing_is_quoted(writer: Writer) -> None:
    writer.page.locator("#front").get_by_label("Subject").fill("Null")
    writer.waits_for('subject: "Null"')
    assert parse_issue(writer.text).subject == "Null"


def test_axe_finds_nothing_light_or_dark_wide_or_narrow(writer: Writer) -> None:
    page = writer.page
    expect(page.frame_locator("#frame").get_by_role("link", name="A new pier")).to_be_visible()
    for scheme in ("light", "dark"):
        for width in (1280, 390):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.scrollingElement.scrollWidth") <= width
            assert [each for each in faults(page) if "#frame" not in each] == []


@pytest.mark.pictures
def test_a_snippet_and_an_item_of_an_earlier_issue_are_found_and_inserted(writer: Writer) -> None:
    page = writer.page
    home = page.url.rpartition("/issues/")[0]
    page.goto(f"{home}/snippets")
    page.get_by_label("Name").fill("Goodbye")
    page.get_by_label("Text").fill("*Until tomorrow.*")
    page.get_by_role("button", name="Add snippet").click()
    expect(page.get_by_role("status")).to_contain_text("It can be inserted while you write.")
    writer.picture("snippets")
    assert faults(page) == []
    old = parse_issue(issue_text().replace("2026-01-02", "2025-12-30").replace("A new pier", "An old pier"))
    publish(writer.parts.database, publication_named(writer.parts.database, "tide"), old)
    page.goto(f"{home}/issues/1")
    writer.put("It opens in spring.")
    page.keyboard.press("End")
    page.get_by_role("button", name="Insert", exact=True).click()
    page.get_by_label("Find a snippet, or an item of an earlier issue").fill("old pier")
    page.get_by_role("button", name="Insert An old pier").click()
    writer.waits_for("### [An old pier](https://pier.example.org/)")
    assert [item.title for item in parse_issue(writer.text).sections[0].items] == ["A new pier", "An old pier"]
    page.get_by_role("button", name="Insert", exact=True).click()
    page.get_by_label("Find a snippet, or an item of an earlier issue").fill("goodb")
    expect(page.get_by_role("button", name="Insert Goodbye")).to_be_visible()
    writer.picture("write-insert")
    page.keyboard.press("Enter")
    writer.waits_for("*Until tomorrow.*")
