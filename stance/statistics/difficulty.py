"""What makes a sentence hard to classify, told by rules that read its words and nothing else.

The rules are coarse on purpose: everybody can check them, and they need no other model. They
overlap, and a sentence whose words meet none of them is plain.
"""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

LONG_WORDS = 30
SHORT_WORDS = 20

NEGATION = "negation"
CONDITIONAL = "conditional"
REPORTED = "reported"
LONG = "long"
SHORT = "short"
PLAIN = "plain"
CONTRAST = "contrast"

_NEGATION = re.compile(
    r"\b(?:no|not|never|neither|nor|none|nobody|nothing|nowhere|cannot|without)\b|n['’]t\b",
    re.IGNORECASE,
)
_CONDITIONAL = re.compile(
    r"\b(?:if|unless|provided(?:\s+that)?|providing\s+that|as\s+long\s+as|so\s+long\s+as"
    r"|on\s+condition|in\s+the\s+event|in\s+case|depend(?:s|ed|ing)?\s+on)\b",
    re.IGNORECASE,
)
_REPORTED = re.compile(
    r"""\b(?:say(?:s|ing)?|said|tell(?:s|ing)?|told|according\s+to|report(?:s|ed|edly|ing)?
      | alleg(?:es|ed|edly|ation|ations|ing)|claim(?:s|ed|ing)?
      | accus(?:e|es|ed|ing|ation|ations)|den(?:y|ies|ied|ial|ials|ying)
      | insist(?:s|ed|ing)?|argu(?:e|es|ed)|stat(?:es|ed|ement|ements)|announc(?:e|es|ed)
      | declar(?:e|es|ed)|rumou?rs?|sources?|quot(?:e|es|ed)|wrote|writes)\b
      | [“”„«»"]""",
    re.IGNORECASE | re.VERBOSE,
)

_RULES = {NEGATION: _NEGATION, CONDITIONAL: _CONDITIONAL, REPORTED: _REPORTED}


def difficulties(
    texts: Sequence[str], stances: Sequence[str], contrast: Sequence[str]
) -> dict[str, NDArray[np.bool_]]:
    """Return for each kind of difficulty which of n sentences have it.

    Parameters
    ----------
    texts
        n sentences.
    stances
        Their annotated labels.
    contrast
        The stances that are hard to tell from each other: sentences that are annotated with one
        of them form the group `CONTRAST`, whatever their words.

    Returns
    -------
    bool of shape (n,) for each kind: a word that negates, a word that sets a condition, a verb or
    noun of saying or quotation marks, more than `LONG_WORDS` words, fewer than `SHORT_WORDS`, none
    of these, and the contrast.
    """
    found = {
        kind: np.array([bool(rule.search(text)) for text in texts], dtype=bool)
        for kind, rule in _RULES.items()
    }
    words = np.array([len(text.split()) for text in texts])
    found[LONG] = words > LONG_WORDS
    found[SHORT] = words < SHORT_WORDS
    found[PLAIN] = ~np.any(list(found.values()), axis=0)
    found[CONTRAST] = np.isin(np.asarray(stances, dtype=str), list(contrast))
    return found
