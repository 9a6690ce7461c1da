"""The privacy rules in force, read from the settings."""

from __future__ import annotations

from functools import cache

from streams.edges.errors import SettingsError
from streams.edges.settings import PREFIX, Settings
from streams.pure.privacy import KEY_ID, LEAST_SECRET, Privacy, PrivacyKey
from streams.pure.scrub import known_regions

_KEYS = f"{PREFIX}PRIVACY_KEYS"


@cache
def privacy_of(settings: Settings) -> Privacy:
    """How this installation cleans what it is sent.

    Raises:
        SettingsError: a key or a country is wrong; the message repeats no secret.
    """
    keys: list[PrivacyKey] = []
    for number, part in enumerate(filter(None, settings.privacy_keys.get_secret_value().split(",")), start=1):
        id_, _, secret = part.strip().partition(":")
        if not KEY_ID.fullmatch(id_):
            raise SettingsError(f"{_KEYS}: key {number} has no id; write id:secret, the id of 1 to 16 of a-z and 0-9")
        if len(secret) < LEAST_SECRET:
            raise SettingsError(f"{_KEYS}: the secret of key {id_} is shorter than {LEAST_SECRET} characters")
        if any(key.id == id_ for key in keys):
            raise SettingsError(f"{_KEYS}: two keys are called {id_}; a new key needs a new id")
        keys.append(PrivacyKey(id_, secret.encode()))
    if unknown := sorted(set(settings.privacy_regions) - known_regions()):
        raise SettingsError(f"{PREFIX}PRIVACY_REGIONS: unknown country {', '.join(unknown)}; write such as DE,US")
    return Privacy(keys, settings.attributes_allowed, settings.privacy_regions)
