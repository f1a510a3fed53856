"""What people may change in this room, and what it does by itself."""

from __future__ import annotations

from newsletter.delivery import alarming, kept, known_keys
from newsletter.delivery.control import Control
from newsletter.delivery.domain_keys import DomainKeys
from newsletter.delivery.rehearsing import Rehearsing
from newsletter.delivery.sending_later import SendingLater
from newsletter.keyring import Keyring
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.store.delivery.planning import take_ids
from tests.issues.changes import issue
from tests.parts.changes import Change, modules_of
from tests.web.scene import Scene

MODULES = modules_of("delivery")
_SENDS = "it claims batches, sends them and records what the servers said"
_DOMAIN = "orchard.test"
_KEYS = "what hosts compare with; whoever names or retires a key stands written by domain_keys"
_TELLS = "it tells people of what stands"
BY_ITSELF = {
    "newsletter.delivery.rehearsing.Rehearsing.run": "a worker does what somebody asked for, which is written down",
    "newsletter.delivery.rehearsing.Rehearsing._end": "a worker does what somebody asked for, which is written down",
    "newsletter.delivery.alarming.Alarms": _TELLS,
    "newsletter.delivery.pace.circuit_breaker": "a way out that fails is held back, and tried again",
    "newsletter.delivery.clock_skew": "it notes how far the clocks of two machines differ",
    "newsletter.delivery.control.Control.drop_cancelled": "what an issue that somebody cancelled still had waiting",
    "newsletter.delivery.engine": "it takes the lease of the scheduler",
    "newsletter.delivery.holding_back": _SENDS,
    "newsletter.delivery.heartbeats": "a process says that it lives",
    "newsletter.delivery.claims": _SENDS,
    "newsletter.delivery.auto_pause": "it pauses what does harm, as the scheduler",
    "newsletter.delivery.known_keys.KnownKeys": "a host notes the keys that it signs with",
    "newsletter.delivery.known_keys.declare": _KEYS,
    "newsletter.delivery.known_keys.retire": _KEYS,
    "newsletter.delivery.lookout": _TELLS,
    "newsletter.delivery.notices": _SENDS,
    "newsletter.delivery.pace.notes": "it notes what pace receivers bear",
    "newsletter.delivery.planning": "it begins what somebody scheduled, as the scheduler",
    "newsletter.delivery.progress.finish_sent": "it ends what has gone out, as the scheduler",
    "newsletter.delivery.recovery": "it brings to an end what a dead process left",
    "newsletter.delivery.ringing": _SENDS,
    "newsletter.delivery.sending": _SENDS,
    "newsletter.delivery.stepping_aside": _SENDS,
    "newsletter.delivery.trying_first": "it tries an issue with one batch, until somebody has got it",
    "newsletter.delivery.pace.warm_up": "it counts what a day may still send",
}


def _keys(scene: Scene) -> DomainKeys:
    """Return what changes the keys of domains; one has two selectors."""
    keyring = Keyring(scene.folder / "dkim")
    for selector in ("news1", "news2"):
        keyring.make(_DOMAIN, selector)
    return DomainKeys(scene.database, scene.clock, keyring)


def _declare(scene: Scene) -> None:
    key = Keyring(scene.folder / "dkim").make(_DOMAIN, "news1")
    known_keys.declare(scene.database, scene.clock, _DOMAIN, key)


def _forget(scene: Scene, by: Actor) -> object:
    return known_keys.forget(scene.database, scene.clock, _DOMAIN, "", by=by)


CHANGES = (
    Change(
        Control.pause,
        Right.SEND,
        "issue.pause",
        lambda scene, by: scene.parts.control.pause(issue(scene, "sending"), by=by),
    ),
    Change(
        Control.resume,
        Right.SEND,
        "issue.resume",
        lambda scene, by: scene.parts.control.resume(issue(scene, "paused"), by=by),
    ),
    Change(
        Control.cancel,
        Right.SEND,
        "issue.cancel",
        lambda scene, by: scene.parts.control.cancel(issue(scene, "doomed"), by=by),
    ),
    Change(
        Control.resend,
        Right.SEND,
        "issue.resend",
        lambda scene, by: scene.parts.control.resend(issue(scene, "uncertain"), uncertain=True, by=by),
    ),
    Change(
        kept.recount,
        Right.SEND,
        "issue.recount",
        lambda scene, by: kept.recount(scene.database, scene.clock, issue_id=issue(scene, "sending"), by=by),
    ),
    Change(
        Rehearsing.ask,
        Right.SEND,
        "issue.rehearse",
        lambda scene, by: scene.parts.rehearsing.ask(issue(scene, "draft"), to="pia@pear.example", by=by),
    ),
    Change(
        SendingLater.send,
        Right.SEND,
        "issue.send-to-later",
        lambda scene, by: scene.parts.sending_later.send(issue(scene, "doomed"), by=by),
        prepare=lambda scene: take_ids(scene.database, 100),  # the scene has dealt ids by hand
    ),
    Change(
        alarming.see,
        Right.MANAGE_SERVICE,
        "alarm.seen",
        lambda scene, by: alarming.see(
            scene.database, clock=scene.clock, alarm_id=int(str(scene.names["alarm"])), by=by
        ),
        of_service=True,
    ),
    Change(known_keys.forget, Right.MANAGE_SERVICE, "domain.key", _forget, of_service=True, prepare=_declare),
    Change(
        DomainKeys.make,
        Right.MANAGE_SERVICE,
        "domain.key",
        lambda scene, by: _keys(scene).make(_DOMAIN, "news3", by=by),
        of_service=True,
    ),
    Change(
        DomainKeys.use,
        Right.MANAGE_SERVICE,
        "domain.key",
        lambda scene, by: _keys(scene).use(_DOMAIN, "news2", by=by),
        of_service=True,
    ),
    Change(
        DomainKeys.retire,
        Right.MANAGE_SERVICE,
        "domain.key",
        lambda scene, by: _keys(scene).retire(_DOMAIN, "news2", by=by),
        of_service=True,
    ),
)
