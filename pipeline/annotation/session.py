"""The answers of one walk: each is on disk before the next sentence is shown."""

from dataclasses import dataclass, field

import pandas as pd

from pipeline.project.tables import UNDER, codebook_hash
from pipeline.project.writing import append_annotations, remove_annotation


@dataclass
class Session:
    """One annotator's walk through a queue of sentences; every answer is on disk at once.

    Attributes
    ----------
    annotator
        Whose answers they are.
    queue
        The sentences: `document`, `text` and what is shown of them.
    answered
        For each sentence that has been shown, whether it was answered (or skipped).
    """

    annotator: str
    queue: pd.DataFrame
    answered: list[bool] = field(default_factory=list)

    @property
    def current(self) -> dict[str, str] | None:
        """The sentence that is to be annotated; None at the end."""
        if len(self.answered) == len(self.queue):
            return None
        return dict(self.queue.iloc[len(self.answered)])

    def answer(self, stance: str, confidence: str, rationale: str) -> None:
        """Save a vote on the current sentence."""
        sentence = self.queue.iloc[len(self.answered)]
        row = {
            "sentence": sentence["text"],
            "annotator": self.annotator,
            "stance": stance,
            "confidence": confidence,
            "rationale": rationale,
            UNDER: codebook_hash(),
        }
        append_annotations(sentence["document"], [row])
        self.answered.append(True)

    def skip(self) -> None:
        """Leave the current sentence for another time."""
        self.answered.append(False)

    def undo(self) -> None:
        """Go back to the sentence before, and take its answer out of the file."""
        if self.answered and self.answered.pop():
            sentence = self.queue.iloc[len(self.answered)]
            remove_annotation(sentence["document"], sentence["text"], self.annotator)
