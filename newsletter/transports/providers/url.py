"""Reading the URL of a provider: `scheme://KEY:SECRET@place?option=value`, all of it percent-encoded where it must be."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from newsletter.errors import InputError

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True)
class ProviderUrl:
    """What stands in the URL. `place` is the region or the domain, empty when there is none."""

    scheme: str
    key: str
    secret: str
    place: str
    options: dict[str, str]

    @classmethod
    def read(cls, url: str, allowed: frozenset[str] = frozenset()) -> ProviderUrl:
        """Read `url`; `allowed` names the options besides `api`. Raises InputError, which never quotes the key."""
        scheme = url.partition(":")[0]
        try:
            parts = urlsplit(url)
            options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
        except ValueError:
            raise _wrong(scheme, "this is no URL") from None
        if not parts.username or parts.path.strip("/"):
            raise _wrong(scheme, "it holds no key before an @")
        for name in options.keys() - allowed - {"api"}:
            raise _wrong(scheme, f"there is no option {name!r}")
        _check_api(scheme, options.get("api", ""))
        return cls(scheme, unquote(parts.username), unquote(parts.password or ""), _place(parts), options)

    def option(self, name: str, default: str = "", among: tuple[str, ...] = ()) -> str:
        """Return an option. Raises InputError when it is none of `among`."""
        value = self.options.get(name, default)
        if among and value not in among:
            raise _wrong(self.scheme, f"{name} is {' or '.join(among)}, not {value!r}")
        return value

    def api(self, default: str) -> str:
        """Return the address of the API, without a slash at its end: the provider's own, or the one named by `api`."""
        return self.options.get("api", default).rstrip("/")

    def need(self, what: str, value: str) -> str:
        """Return `value`. Raises InputError when it is empty."""
        if not value:
            raise _wrong(self.scheme, f"the {what} is missing")
        return value


def _place(parts: SplitResult) -> str:
    return (parts.hostname or "").lower()


def _check_api(scheme: str, api: str) -> None:
    """Keys travel to this address: only over TLS, or not off this machine."""
    if not api:
        return
    try:
        parts = urlsplit(api)
        own = parts.scheme == "http" and parts.hostname in _LOOPBACK
        good = (
            bool(parts.hostname)
            and (parts.scheme == "https" or own)
            and not (parts.query or parts.fragment or parts.username)
        )
    except ValueError:
        good = False
    if not good:
        raise _wrong(scheme, "api is an https:// address, or http:// on this machine itself")


def _wrong(scheme: str, what: str) -> InputError:
    return InputError(
        what,
        where=f"NEWSLETTER_SMTP_URL ({scheme}:)",
        remedy="see docs/providers.md; write / + : @ in a key as %2F %2B %3A %40",
    )
