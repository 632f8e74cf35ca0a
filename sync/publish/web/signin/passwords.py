"""Passwords: which ones are taken, and how they are kept.

Argon2id with the parameters that OWASP's Password Storage Cheat Sheet allows for little memory (19 MiB, read 2026-11-22), with
twice its passes. RFC 9106's own profile for little memory takes 64 MiB, which carries the server past 150 MB while it checks one
password (measured). One is checked at a time, so that the memory is taken once.
"""

import re
import threading

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from connectors.errors import ConfigurationError

SHORTEST, LONGEST = 12, 256
_HASHER = PasswordHasher(time_cost=4, memory_cost=19_456, parallelism=1)
_ONE_AT_A_TIME = threading.Lock()

NOBODY = "$argon2id$v=19$m=19456,t=4,p=1$YrSp7fFdi6YPBq6WqvdDCA$LpQur/fr/Qtlzf0owHsNSE7wC/CVLlaD8rd8ocoGxp8"
"""A hash that nothing matches, of the same cost: an unknown name takes as long as a known one."""

_WORDS = """
    password passwort motdepasse azerty azertyuiop qwerty qwertyuiop qwertz qwertzuiop asdfghjkl welcome bienvenue letmein iloveyou
    jetaime administrator administrateur admin changeme changezmoi secret monkey dragon football baseball soleil bonjour marseille
    loulou doudou chouchou princess sunshine superman batman starwars trustno trustnoone master shadow michael computer internet
    corporate company entreprise default temporary temporaire summer winter spring autumn printemps automne hiver dashboard cadran
    passpass passwordpassword azertyazerty qwertyqwerty hubspot correcthorsebatterystaple mynoob google login guest test testtest
"""
_COMMON = frozenset(_WORDS.split())
"""What most lists of broken passwords are made of, without the digits and signs that people add."""
_ROWS = "0123456789 abcdefghijklmnopqrstuvwxyz qwertyuiop asdfghjkl zxcvbnm azertyuiop qsdfghjklm wxcvbn qwertzuiop yxcvbnm"
_LOOKS_LIKE = str.maketrans("@4310!5$7", "aaeioisst")


def refused(password: str, name: str) -> str | None:
    """Why that password is not taken for that user, or None."""
    if len(password) < SHORTEST:
        return f"it has {len(password)} characters; take {SHORTEST} or more: four words that do not belong together are good"
    if len(password) > LONGEST:
        return f"it has {len(password)} characters; {LONGEST} are the most"
    plain = password.casefold()
    if len(set(plain)) < 5:
        return "it repeats the same few characters"
    if _is_run(plain):
        return "it follows the keyboard, the digits or the alphabet"
    if name.split("@")[0].casefold() in plain:
        return "it holds the user's name"
    bare = re.sub(r"[\W\d_]+$", "", plain)
    if not _COMMON.isdisjoint((_letters(plain), bare.translate(_LOOKS_LIKE))):
        return "it is one of the commonest passwords with something added"
    return None


def _letters(text: str) -> str:
    return re.sub(r"[\W\d_]+", "", text)


def _is_run(text: str) -> bool:
    """Whether most of it goes along a row of the keyboard, the alphabet or the digits, forwards or backwards."""
    rows = _ROWS + " " + _ROWS[::-1]
    steps = sum(text[i : i + 2] in rows for i in range(len(text) - 1))
    return steps >= (len(text) - 1) * 0.75


def hashed(password: str) -> str:
    with _ONE_AT_A_TIME:
        return _HASHER.hash(password)


def matches(kept: str, password: str) -> bool:
    """Whether the hash is that password's. Raises :class:`ConfigurationError` for what is no hash."""
    if len(password) > LONGEST:
        return False
    try:
        with _ONE_AT_A_TIME:
            return _HASHER.verify(kept, password)
    except InvalidHashError:
        raise ConfigurationError(
            "the users file holds a password that is no argon2 hash: set it anew with `cadran users`"
        ) from None
    except Argon2Error:
        return False


def is_outdated(kept: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(kept)
