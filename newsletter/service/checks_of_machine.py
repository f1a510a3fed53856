"""What the doctor looks at of the machine: settings, files, the secret, and where links lead."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from newsletter import private_files
from newsletter.config import Settings, misspelt
from newsletter.service.wide_files import MOST_TOLD, wide_files
from newsletter.signing_keys import PURPOSES, SigningKeys, lacking
from newsletter.verdicts import Result

_FEW_CHARACTERS = 8


def names_of_settings() -> Iterable[Result]:
    """Tell names that are misspelt: nothing else would."""
    found = misspelt()
    for name, alike in found:
        remedy = f"did you mean {alike}?" if alike else "`newsletter doctor --settings` lists all settings"
        yield Result("settings", "doubtful", f"{name} is no setting, and nothing reads it", remedy)
    if not found:
        yield Result("settings", "good", "every name is known")


def data_folder(settings: Settings) -> Iterable[Result]:
    """See that the data folder can be written."""
    folder = settings.data_dir
    private_files.make_folder(folder)
    private_files.draft_of(folder / "doctor", b"x" * 4096).unlink()
    yield Result("data folder", "good", f"{folder} can be written")


def files(settings: Settings) -> Iterable[Result]:
    """Tell which files others on this machine can reach."""
    found = wide_files(settings)
    for wide in found[:MOST_TOLD]:
        yield Result(
            "files", "doubtful" if wide.mild else "wrong", f"others on this machine can reach {wide}", wide.remedy
        )
    if len(found) > MOST_TOLD:
        yield Result("files", "wrong", f"and {len(found) - MOST_TOLD:,} more", f"chmod -R go= {settings.data_dir}")
    if not found:
        yield Result("files", "good", "nobody else on this machine can read them")


def secret(settings: Settings, secret_key: Callable[[Settings], bytes]) -> Iterable[Result]:
    """See that the signing secret, or the keys made of it, will do."""
    if given := settings.given_keys:
        yield _given_keys(given)
        return
    kept, octets = settings.data_dir / "secret_key", secret_key(settings)
    if len(set(octets)) < _FEW_CHARACTERS:
        yield Result("secret", "wrong", "it repeats itself", "`newsletter keys new` makes another")
    elif settings.secret_key.get_secret_value():
        yield Result("secret", "good", "set by NEWSLETTER_SECRET_KEY")
    else:
        yield Result("secret", "good", f"made here and kept in {kept}: back it up, or every link in sent mail breaks")


def _given_keys(given: SigningKeys) -> Result:
    roles = [role for role, purposes in PURPOSES.items() if purposes and not lacking(given, purposes)]
    if not roles:
        remedy = "`newsletter keys derive --help`, where the secret key is"
        return Result("secret", "wrong", "NEWSLETTER_SIGNING_KEYS is not enough for any role", remedy)
    return Result("secret", "good", f"NEWSLETTER_SIGNING_KEYS is enough for: {', '.join(roles)}")


def addresses(settings: Settings) -> Iterable[Result]:
    """Say where links lead."""
    url = urlsplit(settings.base_url)
    if settings.is_local:
        yield Result("addresses", "doubtful", f"links lead to {settings.base_url}", "set NEWSLETTER_BASE_URL")
    elif url.scheme != "https":
        # RFC 8058 section 3.1: the one-click address must be https
        yield Result(
            "addresses", "wrong", "one-click unsubscribe needs https", "set NEWSLETTER_BASE_URL to https://..."
        )
    else:
        yield Result("addresses", "good", f"links lead to {settings.base_url}")
