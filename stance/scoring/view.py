"""Scored statements for the eye: a line each with bars, or the words that moved the decision.

Rich knows the terminal: its width, whether it has colours, and NO_COLOR.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import IO, Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from stance.scoring.rows.records import Added, Chunk, Extra

_BAR, _WIDEST = 8, 12
_EIGHTHS = " ▏▎▍▌▋▊▉█"
# Weights that stand out by colour; smaller ones are shown plain.
_STRONG = 0.2
_TERMS = 4


def visible(text: str) -> str:
    """Return text on one line, without characters that would command the terminal."""
    return " ".join(
        "".join("\ufffd" if unicodedata.category(c) in ("Cc", "Cf", "Cs") else c for c in word)
        for word in text.split()
    )


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
    english
        Whether the model's statements are in English.
    """

    def __init__(self, stream: IO[str], labels: Sequence[str], *, english: bool) -> None:
        self.rows = 0
        self.digest = ""
        self.tally: dict[str, Any] = {}
        self._labels = labels
        self._not_statement = "no statement in English" if english else "no statement"
        self._marked = False
        self._console = Console(file=stream, highlight=False, markup=False, emoji=False)

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
        stances, confidences, abstains, *probabilities = columns
        width = max(map(len, [*self._labels, "stance"]))
        sizes = [min(max(len(label), _BAR), _WIDEST) for label in self._labels]
        if not self.rows:
            heads = "  ".join(
                label[:size].ljust(size) for label, size in zip(self._labels, sizes, strict=True)
            )
            self._line(Text(f"{'stance':<{width}}  conf  {heads}  text", style="bold"))
        for row, text in enumerate(texts):
            self._marked |= bool(abstains[row])
            line = Text(f"{stances[row]:<{width}}", style="dim" if abstains[row] else "bold")
            line.append(f"{'?' if abstains[row] else ' '} {confidences[row]:.2f}", style="not bold")
            for of_label, size in zip(probabilities, sizes, strict=True):
                line.append(f"  {bar(of_label[row]):<{size}}", style="cyan not bold")
            line.append(f"  {visible(text)}", style="not bold")
            self._line(line)

    def _line(self, line: Text) -> None:
        line.truncate(max(20, self._console.width), overflow="ellipsis")
        self._console.print(line, no_wrap=True, soft_wrap=False)

    def _explain(self, text: str, values: Sequence[Any], why: Mapping[str, Any]) -> None:
        stance, confidence, abstain = values[:3]
        head = Text(f"{stance} {confidence:.2f}", style="bold")
        head.append(f" rather than {why['against']}", style="not bold")
        if abstain:
            reason = "unsure" if why["statement"] else self._not_statement
            head.append(f" (abstains: {reason})", style="not bold")
        self._console.print(head)
        self._indented(self._coloured(text, why["words"]))
        terms = sorted([*why["words"], *why["phrases"]], key=lambda term: -abs(term["weight"]))
        for title, sign, style in (("for", 1, "green"), ("against", -1, "red")):
            some = [term for term in terms if sign * term["weight"] > 0][:_TERMS]
            shown = ", ".join(f"{visible(term['text'])} {term['weight']:+.2f}" for term in some)
            self._indented(Text(f"{title:<8} {shown or '–'}", style=style))
        meant = sorted(why["words"], key=lambda word: -abs(word["meaning"]))[:_TERMS]
        if any(word["meaning"] for word in meant):
            shown = ", ".join(f"{visible(word['text'])} {word['meaning']:+.2f}" for word in meant)
            self._indented(Text(f"{'meaning':<8} would lose without {shown}"))
        parts = {"words and phrases": sum(term["weight"] for term in terms)}
        parts |= {"meaning": why["embedding"], "intercept": why["intercept"]}
        summed = ", ".join(f"{name} {weight:+.2f}" for name, weight in parts.items())
        self._indented(Text(f"{'sum':<8} {summed} = {why['margin']:+.2f}"))
        for similar in why["similar"]:
            line = f"{similar['similarity']:.2f} {similar['stance']}: {visible(similar['text'])}"
            self._indented(Text(f"{line} ({similar['document']})", style="dim"))
        self._console.print()

    def _indented(self, line: Text) -> None:
        self._console.print(Padding(line, (0, 0, 0, 2), expand=False))

    def _coloured(self, text: str, words: Sequence[Mapping[str, Any]]) -> Text:
        line = Text()
        at = 0
        for word in words:
            line.append(visible(text[at : word["start"]]))
            if line.plain and line.plain[-1] != " ":
                line.append(" ")
            weight = word["weight"] + word["meaning"]
            style = ("green" if weight > 0 else "red") if abs(weight) >= _STRONG else ""
            line.append(visible(word["text"]), style=style)
            at = word["end"]
        line.append(f" {visible(text[at:])}".rstrip())
        return line

    def finish(self) -> None:
        """Say what the marks mean."""
        if self._marked:
            self._line(Text(f"? abstains: unsure, or {self._not_statement}", style="dim"))

    def give_up(self) -> None:
        """Do nothing: what is shown is shown."""
