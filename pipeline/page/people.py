"""Who may see the page: a secret in the address each, and a name for those who annotate."""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

# Bytes; the address cannot be guessed.
SECRET_SIZE = 24


@dataclass(frozen=True)
class Person:
    """Somebody with a link.

    Attributes
    ----------
    name
        Of an annotator; "" for somebody who only reads.
    secret
        The first part of every address that this person asks for.
    """

    name: str = ""
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(SECRET_SIZE), repr=False)

    @property
    def annotates(self) -> bool:
        """Whether this person may change anything."""
        return bool(self.name)


def find_person(people: Sequence[Person], secret: str) -> Person | None:
    """Return whose secret it is; it takes as long for a wrong one that is nearly right."""
    given = secret.encode("utf-8", "surrogateescape")
    found = [one for one in people if hmac.compare_digest(one.secret.encode(), given)]
    return found[0] if found else None
