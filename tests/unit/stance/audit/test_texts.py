"""Every text of a stratum has the same chance to be drawn, and its place says nothing."""

from contextlib import closing

import numpy as np

from stance.audit.scored import Row
from stance.audit.texts import Texts, text_key
from stance.model.reasons import UNSURE
from stance.statistics.sampling import plan_strata

TEXTS = [f"Sentence {number} of the file." for number in range(90)]


def drawn(seed: int) -> list[tuple[str, int]]:
    """Return the texts of a sample with the rates of their strata."""
    keys = {text_key(text): text for text in TEXTS}
    with closing(Texts(2, seed, None)) as texts:
        texts.add(
            (
                number,
                text_key(text),
                Row(text, "", number % 2, "" if number < 30 else UNSURE, (6_000, 4_000)),
            )
            for number, text in enumerate(TEXTS)
        )
        strata = plan_strata(texts.cells(40), 40)
        return [(keys[one.key], one.stratum) for one in texts.draw(strata)]


def test_chances_are_even() -> None:
    times = dict.fromkeys(TEXTS, 0)
    places: dict[int, list[int]] = {}
    for seed in range(300):
        for place, (text, stratum) in enumerate(drawn(seed)):
            times[text] += 1
            places.setdefault(stratum, []).append(place)
    for answered in (TEXTS[:30], TEXTS[30:]):
        rates = np.array([times[text] / 300 for text in answered])
        # A share of 300 draws misses its probability by .03 on average.
        assert rates.std() < 0.06
        assert rates.min() > 0.1
        assert rates.max() < 0.8
    middle = [float(np.mean(some)) for some in places.values()]
    assert max(middle) - min(middle) < 3
