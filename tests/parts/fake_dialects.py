"""Eight providers as their documentation describes them: their template languages, and their answers item by item."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Mapping
from email import message_from_bytes, policy
from email.utils import parseaddr
from typing import Any

from tests.parts.fake_provider import Call, Mail, Reply


class TemplateError(Exception):
    """The provider would have tried to evaluate this."""


def render(template: str, values: Mapping[str, str], variable: str, reserved: str) -> str:
    """Fill every `variable` (one group: the name); whatever else is `reserved` would be evaluated, and so is an error."""
    pieces = re.split(variable, template)
    for literal in pieces[::2]:
        if re.search(reserved, literal):
            raise TemplateError(literal)
    filled = [values[piece] if number % 2 else piece for number, piece in enumerate(pieces)]
    return "".join(filled)


def ascii_only(headers: Mapping[str, str]) -> bool:
    return all(value.isascii() and value.isprintable() and len(value) <= 870 for value in headers.values())


class SendGrid:
    def take(self, call: Call, bad: set[str]) -> Reply:
        body = call.json
        people = body["personalizations"]
        assert len(people) <= 1000
        errors = [
            {"message": "Does not contain a valid address.", "field": f"personalizations.{n}.to.0.email"}
            for n, each in enumerate(people)
            if each["to"][0]["email"] in bad
        ]
        if errors:
            return Reply(400, {"errors": errors})
        bodies = {c["type"]: c["value"] for c in body["content"]}
        mail = []
        for each in people:
            text, html, subject = bodies["text/plain"], bodies["text/html"], body["subject"]
            for tag, value in each.get("substitutions", {}).items():
                text, html, subject = (s.replace(tag, value) for s in (text, html, subject))
            headers = {**body.get("headers", {}), **each.get("headers", {})}
            if not ascii_only(headers):
                return Reply(400, {"errors": [{"message": "headers must be properly encoded", "field": "headers"}]})
            mail.append(
                Mail(each["to"][0]["email"], subject, text, html, headers, each["custom_args"]["newsletter_delivery"])
            )
        return Reply(202, None, mail, {"X-Message-Id": "sg-1"})


class Ses:
    def take(self, call: Call, bad: set[str]) -> Reply:
        body = call.json
        if call.path == "/v2/email/outbound-emails":
            return self._raw(body)
        template = body["DefaultContent"]["Template"]
        content, fixed = template["TemplateContent"], {h["Name"]: h["Value"] for h in template["Headers"]}
        assert len(body["BulkEmailEntries"]) <= 50
        assert len(call.body) <= 1_000_000
        mail, results = [], []
        for entry in body["BulkEmailEntries"]:
            address = entry["Destination"]["ToAddresses"][0]
            if address in bad:
                results.append({"Status": "INVALID_PARAMETER", "Error": "Illegal address"})
                continue
            values = json.loads(entry["ReplacementEmailContent"]["ReplacementTemplate"]["ReplacementTemplateData"])
            # A backslash before the braces makes Handlebars leave them alone: one must never stand there.
            text, html, subject = (
                render(content[part], values, r"(?<!\\)\{\{(\w+)\}\}", r"\{\{|\\$")
                for part in ("Text", "Html", "Subject")
            )
            headers = {**fixed, **{h["Name"]: h["Value"] for h in entry["ReplacementHeaders"]}}
            if not ascii_only(headers) or len(headers) > 15:
                return Reply(400, {"message": "Value at 'header.value' failed to satisfy regular expression [ -~]*"})
            mail.append(Mail(address, subject, text, html, headers, entry["ReplacementTags"][0]["Value"]))
            results.append({"Status": "SUCCESS", "MessageId": f"ses-{len(mail)}"})
        return Reply(200, {"BulkEmailEntryResults": results}, mail)

    def _raw(self, body: Any) -> Reply:
        message = message_from_bytes(b64decode(body["Content"]["Raw"]["Data"]), policy=policy.default)
        text, html = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))
        headers = {name: str(value) for name, value in message.items()}
        mail = Mail(
            body["Destination"]["ToAddresses"][0],
            message["Subject"],
            text,
            html,
            headers,
            body["EmailTags"][0]["Value"],
        )
        return Reply(200, {"MessageId": "ses-raw"}, [mail])


class Mailgun:
    def take(self, call: Call, bad: set[str]) -> Reply:
        form = message_from_bytes(b"Content-Type: " + call.headers["content-type"].encode() + b"\r\n\r\n" + call.body)
        fields: dict[str, list[str]] = {}
        for part in form.get_payload():
            name = part.get_param("name", header="content-disposition")
            fields.setdefault(name, []).append(part.get_payload(decode=True).decode())
        people = json.loads(fields["recipient-variables"][0])
        addresses = [parseaddr(to)[1] for to in fields["to"]]
        assert len(addresses) <= 1000
        assert addresses == list(people)
        if bad & set(addresses):
            return Reply(400, {"message": "'to' parameter is not a valid address. please check documentation"})
        reserved = r"%(?:recipient|unsubscribe|mailing_list|tag_unsubscribe)"

        def filled(name: str, values: Mapping[str, str]) -> str:
            return render(fields[name][0], values, r"%recipient\.(\w+)%", reserved)

        mail = []
        for address, values in people.items():
            headers = {name[2:]: filled(name, values) for name in fields if name.startswith("h:")}
            token = filled("v:newsletter_delivery", values)
            mail.append(Mail(address, *(filled(n, values) for n in ("subject", "text", "html")), headers, token))
        return Reply(200, {"id": "<mg-1@example.org>", "message": "Queued. Thank you."}, mail)


class Postmark:
    def take(self, call: Call, bad: set[str]) -> Reply:
        assert len(call.json) <= 500
        assert len(call.body) <= 50_000_000
        mail, results = [], []
        for message in call.json:
            address = parseaddr(message["To"])[1]
            if address in bad:
                results.append({"ErrorCode": 406, "Message": "You tried to send to a recipient that is inactive."})
                continue
            headers = {h["Name"]: h["Value"] for h in message["Headers"]}
            token = message["Metadata"]["newsletter_delivery"]
            mail.append(Mail(address, message["Subject"], message["TextBody"], message["HtmlBody"], headers, token))
            results.append({"ErrorCode": 0, "Message": "OK", "MessageID": f"pm-{len(mail)}"})
        return Reply(200, results, mail)


class Resend:
    def __init__(self) -> None:
        self._seen: dict[str, tuple[bytes, Reply]] = {}

    def take(self, call: Call, bad: set[str]) -> Reply:
        key = call.headers["idempotency-key"]
        if key in self._seen:
            body, reply = self._seen[key]
            if body != call.body:
                return Reply(409, {"name": "invalid_idempotent_request", "message": "the payload differs"})
            return Reply(reply.status, reply.document)
        assert len(call.json) <= 100
        mail, ids, errors = [], [], []
        for number, message in enumerate(call.json):
            address = parseaddr(message["to"][0])[1]
            if address in bad:
                errors.append({"index": number, "message": "Invalid `to` field."})
                continue
            token = message["tags"][0]["value"]
            mail.append(Mail(address, message["subject"], message["text"], message["html"], message["headers"], token))
            ids.append({"id": f"re-{number}"})
        reply = Reply(200, {"data": ids, "errors": errors}, mail)
        self._seen[key] = (call.body, reply)
        return reply


class Brevo:
    def __init__(self) -> None:
        self._seen: set[str] = set()

    def take(self, call: Call, bad: set[str]) -> Reply:
        body = call.json
        versions = body["messageVersions"]
        assert len(versions) <= 1000
        if any(v["to"][0]["email"] in bad for v in versions):
            return Reply(400, {"code": "invalid_parameter", "message": "email is not valid in to"})
        if body["headers"]["idempotencyKey"] in self._seen:
            return Reply(400, {"code": "duplicate_parameter", "message": "idempotencyKey was used"})
        self._seen.add(body["headers"]["idempotencyKey"])
        mail = []
        for version in versions:
            subject, text, html = (
                render(body[part], version["params"], r"\{\{params\.(\w+)\}\}", r"\{\{|\{%|\{#")
                for part in ("subject", "textContent", "htmlContent")
            )
            headers = version["headers"]
            mail.append(Mail(version["to"][0]["email"], subject, text, html, headers, headers["X-Mailin-custom"]))
        return Reply(201, {"messageIds": [f"<br-{n}@example.org>" for n in range(len(mail))]}, mail)


class SparkPost:
    def take(self, call: Call, bad: set[str]) -> Reply:
        content, mail, errors = call.json["content"], [], []
        assert len(call.body) <= 20_000_000
        for person in call.json["recipients"]:
            address, values = person["address"]["email"], person["substitution_data"]
            if address in bad:
                errors.append(
                    {"message": "invalid recipient", "description": f"{address} is not valid", "code": "1401"}
                )
                continue

            def filled(template: str, values: Mapping[str, str] = values) -> str:
                return render(template, values, r"\{\{(\w+)\}\}", r"\{\{|\}\}")

            subject, text, html = (filled(content[part]) for part in ("subject", "text", "html"))
            headers = {name: filled(value) for name, value in content["headers"].items()}
            mail.append(Mail(address, subject, text, html, headers, person["metadata"]["newsletter_delivery"]))
        counts = {"total_accepted_recipients": len(mail), "total_rejected_recipients": len(errors)}
        return Reply(200, {"results": {**counts, "id": "sp-1", **({"rcpt_to_errors": errors} if errors else {})}}, mail)


class Mailjet:
    own = frozenset({"list-id", "date", "message-id", "user-agent", "x-mailer", "x-feedback-id"})

    def take(self, call: Call, bad: set[str]) -> Reply:
        shared, mail, results = call.json["Globals"], [], []
        assert len(call.json["Messages"]) <= 50
        for message in call.json["Messages"]:
            address = message["To"][0]["Email"]
            if address in bad:
                error = {
                    "ErrorCode": "mj-0013",
                    "ErrorMessage": "is an invalid email address.",
                    "ErrorRelatedTo": ["To[0].Email"],
                }
                results.append({"Status": "error", "Errors": [error]})
                continue
            if self.own & {name.lower() for name in message["Headers"]}:
                words = 'Header cannot be customized using the "Headers" collection.'
                results.append({"Status": "error", "Errors": [{"ErrorMessage": words, "ErrorRelatedTo": ["Headers"]}]})
                continue
            subject, text, html = (
                render(shared[part], message["Variables"], r'\{\{var:(\w+):""\}\}', r"\{\{|\{%|\{#|\[\[")
                for part in ("Subject", "TextPart", "HTMLPart")
            )
            mail.append(Mail(address, subject, text, html, message["Headers"], message["CustomID"]))
            results.append({"Status": "success", "To": [{"Email": address, "MessageID": len(mail)}]})
        return Reply(200, {"Messages": results}, mail)


DIALECTS = {
    "ses": Ses,
    "sendgrid": SendGrid,
    "mailgun": Mailgun,
    "postmark": Postmark,
    "resend": Resend,
    "brevo": Brevo,
    "sparkpost": SparkPost,
    "mailjet": Mailjet,
}
