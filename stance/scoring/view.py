"""Scored statements for the eye: a line each with bars, or the words that moved the decision."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import IO, Any

from stance.model.reasons import REASONS
from stance.scoring.rows.records import Added, Chunk, Extra
from stance.terminal import Fragment, Screen, visible

_BAR, _WIDEST = 8, 12
_EIGHTHS = " ▏▎▍▌▋▊▉█"
# Weights that stand out by colour; smaller ones are shown plain.
_STRONG = 0.2
_TERMS = 4
_INDENT = 2


def bar(share: float) -> str:
    """Return a bar of eight cells for a share from 0 to 1."""
    eighths = round(share * _BAR * 8)
    whole, rest = divmod(eighths, 8)
    return ("█" * whole + (_EIGHTHS[rest] if rest else "")).ljust(_BAR)


class TerminalSink:
    """Scored rows onto a terminal; a `stance.scoring.rows.sinks.Sink`.

    Parameters
    ----------
    stream
        The terminal.
    labels
        All labels, in the order of the probabilities.
    """

    def __init__(self, stream: IO[str], labels: Sequence[str]) -> None:
        self.rows = 0
        self.digest = ""
        self.tally: dict[str, Any] = {}
        self._labels = labels
        self._reasons: Counter[str] = Counter()
        self._screen = Screen(stream)

    def write(
        self, chunk: Chunk, added: Added, extra: Extra, digest: str, tally: dict[str, Any]
    ) -> None:
        """Show some rows."""
        texts = chunk.texts
        if extra:
            columns = zip(*(column.tolist() for column in added.values()), strict=True)
            for text, values, more in zip(texts, columns, extra, strict=True):
                self._explain(text, values, more["explanation"])
        else:
            self._table(texts, [column.tolist() for column in added.values()])
        self.rows += len(texts)
        self.digest, self.tally = digest, tally

    def _table(self, texts: Sequence[str], columns: Sequence[Sequence[Any]]) -> None:
        stances, confidences, abstains, *others = columns
        probabilities, reasons = others[: len(self._labels)], others[len(self._labels)]
        # How new a text is may stand between, and is for tables.
        about = others[-3:] if len(others) > len(self._labels) + 2 else []
        width = max(map(len, [*self._labels, "stance"]))
        sizes = [min(max(len(label), _BAR), _WIDEST) for label in self._labels]
        if not self.rows:
            heads = "  ".join(
                label[:size].ljust(size) for label, size in zip(self._labels, sizes, strict=True)
            )
            self._screen.cut([(f"{'stance':<{width}}  conf  {heads}  text", "bold")])
        for row, text in enumerate(texts):
            self._reasons[reasons[row]] += 1
            style = "dim" if abstains[row] else ""
            mark = "?" if abstains[row] else " "
            line = [(f"{stances[row]:<{width}}", style or "bold")]
            line.append((f"{mark} {confidences[row]:.2f}", style))
            for of_label, size in zip(probabilities, sizes, strict=True):
                line.append((f"  {bar(of_label[row]):<{size}}", f"{style} cyan".strip()))
            targets = f"  [{visible(about[1][row])}]" if about else ""
            self._screen.cut([*line, (f"{targets}  {visible(text)}", style)])

    def _explain(self, text: str, values: Sequence[Any], why: Mapping[str, Any]) -> None:
        stance, confidence = values[:2]
        head = f" rather than {why['against']}"
        if reason := values[3 + len(self._labels)]:
            head += f" (abstains: {reason})"
        self._screen.wrap([(f"{stance} {confidence:.2f}", "bold"), (head, "")])
        self._screen.wrap(_coloured(text, why["words"]), _INDENT)
        terms = [*why["words"], *why["phrases"]]
        # Without n-grams words have no weights of their own: what the meaning would lose speaks.
        weighed = any(term["weight"] for term in terms)
        of_term = "weight" if weighed else "meaning"
        terms.sort(key=lambda term: -abs(term[of_term]))
        for title, sign, style in (("for", 1, "green"), ("against", -1, "red")):
            some = [term for term in terms if sign * term[of_term] > 0][:_TERMS]
            shown = ", ".join(f"{visible(term['text'])} {term[of_term]:+.2f}" for term in some)
            self._screen.wrap([(f"{title:<8} {shown or '–'}", style)], _INDENT)
        meant = sorted(why["words"], key=lambda word: -abs(word["meaning"]))[:_TERMS]
        if weighed and any(word["meaning"] for word in meant):
            shown = ", ".join(f"{visible(word['text'])} {word['meaning']:+.2f}" for word in meant)
            self._screen.wrap([(f"{'meaning':<8} would lose without {shown}", "")], _INDENT)
        parts = {"words and phrases": sum(term["weight"] for term in terms)} if weighed else {}
        parts |= {"meaning": why["embedding"], "intercept": why["intercept"]}
        summed = ", ".join(f"{name} {weight:+.2f}" for name, weight in parts.items())
        self._screen.wrap([(f"{'sum':<8} {summed} = {why['margin']:+.2f}", "")], _INDENT)
        for similar in why["similar"]:
            line = f"{similar['similarity']:.2f} {similar['stance']}: {visible(similar['text'])}"
            self._screen.wrap([(f"{line} ({visible(similar['document'])})", "dim")], _INDENT)
        self._screen.cut([])

    def finish(self) -> None:
        """Say what the marks mean."""
        counts = [f"{n:,} {reason}" for reason in REASONS if (n := self._reasons[reason])]
        if counts:
            self._screen.cut([(f"? abstains: {', '.join(counts)}", "dim")])

    def give_up(self) -> None:
        """Do nothing: what is shown is shown."""


def _coloured(text: str, words: Sequence[Mapping[str, Any]]) -> list[Fragment]:
    """Return a text on one line, the words that move the decision in the colour of their sign."""
    line: list[Fragment] = []
    at = 0
    for word in words:
        between = visible(text[at : word["start"]])
        weight = word["weight"] + word["meaning"]
        style = ("green" if weight > 0 else "red") if abs(weight) >= _STRONG else ""
        for part, of_part in ((between, ""), (visible(word["text"]), style)):
            if part:
                line += [(" ", ""), (part, of_part)] if line else [(part, of_part)]
        at = word["end"]
    rest = visible(text[at:])
    return [*line, (f" {rest}" if line else rest, "")] if rest else line
