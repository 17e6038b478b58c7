"""`params.yaml`: one section per stage, read as YAML 1.2 and checked before anything runs.

DVC rewrites the file as YAML 1.2 (`dvc exp run -S`), where `1e-05` is a number and `no` is a word;
a YAML 1.1 reader would take them for a word and for false.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from stance.errors import DataError
from stance.files import read_text
from stance.model.names import ENTAILMENT_PREFIX, FINETUNED, HUB_PREFIX, NO_ENCODER

PARAMS = Path("params.yaml")


def _ascending(ngrams: list[int]) -> list[int]:
    if ngrams[0] > ngrams[1]:
        raise ValueError("the first number must not be larger than the second")
    return ngrams


def _known_encoder(name: str) -> str:
    prefixes = (HUB_PREFIX, ENTAILMENT_PREFIX)
    if name in (NO_ENCODER, FINETUNED) or (name.startswith(prefixes) and name not in prefixes):
        return name
    raise ValueError(
        f"must be {FINETUNED}, {HUB_PREFIX}<name>, {ENTAILMENT_PREFIX}<name> or {NO_ENCODER}"
    )


Count = Annotated[int, Field(ge=1)]
Ngrams = Annotated[list[Count], Field(min_length=2, max_length=2), AfterValidator(_ascending)]


class Section(BaseModel):
    """A section of the file: no unknown keys, no conversions."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _is_name(label: str) -> str:
    if not label or label != " ".join(label.split()):
        raise ValueError("a label must be a name, without white space around it")
    return label


LabelName = Annotated[str, AfterValidator(_is_name)]


class Labels(Section):
    """The codebook's labels: the stances that macro-F1 averages, and the background class.

    A codebook in which every label is a stance has no background: null.
    """

    stances: Annotated[list[LabelName], Field(min_length=2)]
    background: LabelName | None

    @property
    def all(self) -> list[str]:
        """Every label, stances first."""
        return [*self.stances, *([] if self.background is None else [self.background])]

    @model_validator(mode="after")
    def _distinct(self) -> "Labels":
        if len({label.replace("-", "_") for label in self.all}) != len(self.all):
            raise ValueError("every label must be named once; - and _ are the same in columns")
        return self


class Segment(Section):
    """How an article's paragraphs are told apart."""

    max_heading_words: Count


class Label(Section):
    """How the annotators' votes become one label.

    Params from before there was a choice took the majority.
    """

    referees: list[str]
    aggregate: Literal["majority", "dawid-skene"] = "majority"


class Finetune(Section):
    """How the encoder is made from its base and its corpus."""

    base: str
    base_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    layers: Count
    epochs: Count
    batch_size: Count
    learning_rate: Annotated[float, Field(gt=0, lt=1)]
    event_weight: Annotated[float, Field(ge=0)]
    general_weight: Annotated[float, Field(ge=0)]
    label_smoothing: Annotated[float, Field(ge=0, lt=1)]
    precision: Literal["bf16", "fp32"]
    seed: Annotated[int, Field(ge=0)]


class Encode(Section):
    """Which encoder turns a sentence into a vector."""

    encoder: Annotated[str, AfterValidator(_known_encoder)]
    hypotheses: list[str]


class Train(Section):
    """The features and the classifier.

    Params from before texts could be adopted have their weight chosen.
    """

    C: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    real_prose: bool = False
    class_weight: Literal["balanced"] | None
    word_ngrams: Ngrams
    char_ngrams: Ngrams
    min_df: Count
    own_weight: Literal["auto"] | Count = "auto"


class Evaluate(Section):
    """Folds of the protocols, what they must have to count, and how intervals are drawn.

    Params from before protocols had to have enough get what `stance init` writes.
    """

    folds: Annotated[int, Field(ge=2)]
    repeats: Count
    target_folds: Annotated[int, Field(ge=2)]
    min_sentences: Count = 50
    min_groups: Count = 5
    min_labels: Count = 10
    resamples: Annotated[int, Field(ge=100)]
    seed: Annotated[int, Field(ge=0)]


class Analyse(Section):
    """What the mistakes are grouped by, and how the learning curve is drawn."""

    contrast: list[str]
    folds: Annotated[int, Field(ge=2)]
    repeats: Count


class Report(Section):
    """How much the report shows."""

    errors: Count
    doubts: Count


class Score(Section):
    """How the saved model answers."""

    max_error: Annotated[float, Field(gt=0, lt=1)]


class Params(Section):
    """All of `params.yaml`."""

    labels: Labels
    segment: Segment
    label: Label
    finetune: Finetune | None = None
    encode: Encode
    train: Train
    evaluate: Evaluate
    analyse: Analyse
    report: Report
    score: Score


def _line_of(document: Any, location: tuple[int | str, ...]) -> int:
    """Return the line (from 1) of the deepest part of `location` that the document has."""
    line = 1
    for key in location:
        try:
            line = (
                document.lc.key(key)[0] + 1
                if isinstance(key, str)
                else document.lc.item(key)[0] + 1
            )
            document = document[key]
        except (AttributeError, KeyError, IndexError, TypeError):
            break
    return line


def read_params(path: Path = PARAMS) -> Params:
    """Return the params of a file as `parse_params` does; errors are its own and `read_text`'s."""
    return parse_params(read_text(path), str(path))


def load_yaml(text: str, name: str) -> Any:
    """Return what YAML 1.2 text holds, with the lines that it stands on; `name` is for errors.

    Raises
    ------
    DataError
        If it is not YAML; names the line and the column.
    """
    try:
        return YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise DataError(f"{name}{where}: not valid YAML ({error.problem}).") from None


def parse_params(text: str, name: str) -> Params:
    """Return the params in a text, checked; `name` is what to call it in errors.

    Raises
    ------
    DataError
        If it is not YAML, or a value is missing, unknown, of the wrong type or out of range; names
        the line and the value.
    """
    document = load_yaml(text, name)
    try:
        return Params.model_validate(document or {})
    except ValidationError as invalid:
        first = invalid.errors()[0]
        location = ".".join(map(str, first["loc"]))
        found = "" if first["type"] == "missing" else f" is {first['input']!r}"
        message = first["msg"].removeprefix("Value error, ")
        raise DataError(
            f"{name}, line {_line_of(document, first['loc'])}: {location}{found}: "
            f"{message[0].lower()}{message[1:]}."
        ) from None
