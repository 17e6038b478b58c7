"""Bad input ends a stage with one clear sentence, exit code 1, and its outputs as they were."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.inside import Inside
from tests.projects import ROOT, set_params

Break = Callable[[Path], object]
ANNOTATIONS = "data/annotations/russia-taliban.csv"
PARAMS = (ROOT / "params.yaml").read_text("utf-8")
LINE_OF_C = PARAMS[: PARAMS.index("\n  C: ")].count("\n") + 2


def append(name: str, line: str) -> Break:
    def change(folder: Path) -> None:
        with (folder / name).open("a", encoding="utf-8", newline="\n") as file:
            file.write(line + "\n")

    return change


def replace(name: str, old: str, new: str) -> Break:
    def change(folder: Path) -> None:
        text = (folder / name).read_text("utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8", newline="\n")

    return change


def write(name: str, content: bytes) -> Break:
    return lambda folder: (folder / name).write_bytes(content)


def params(section: str, **values: object) -> Break:
    return lambda folder: set_params(folder, {section: values})


FIRST = "The Russian authorities do not have a plan to make friends with the Taliban."
OUTPUTS = {
    "segment": ["data/paragraphs.csv", "data/sentences.csv"],
    "label": ["data/labelled.csv", "data/votes.csv", "reports/agreement.json"],
    "encode": ["data/embeddings.npy"],
    "train": ["models/stance.joblib", "models/stance.json", "models/stance.npz"],
    "evaluate": ["reports/metrics.json", "reports/predictions.csv"],
}

CASES: dict[str, tuple[str, Break, str]] = {
    "a sentence that is not in its document": (
        "label",
        append(ANNOTATIONS, "The Russian authorities have a plan to make friends.,coder-1,none,,,"),
        rf"russia-taliban\.csv, line 194: .*plan to make friends\.' is not in .*'{FIRST}'",
    ),
    "an unknown label": (
        "label",
        replace(ANNOTATIONS, "coder-1,hostile", "coder-1,friendly"),
        r"line 2: unknown stance 'friendly'; it must be one of contact-only, dialogue",
    ),
    "an unknown annotator": (
        "label",
        replace(ANNOTATIONS, "coder-1,hostile", "coder-9,hostile"),
        r"line 2: unknown annotator 'coder-9'; add a row to data/annotators\.csv",
    ),
    "the same annotator twice": (
        "label",
        append(ANNOTATIONS, f"{FIRST.replace(' ', '  ')},coder-1,none,,,"),
        r"line 194: coder-1 has annotated this sentence already, in line 2;",
    ),
    "a confidence that is none": (
        "label",
        replace(ANNOTATIONS, "hostile,3", "hostile,5"),
        r"line 2: confidence '5' must be 1, 2, 3 or left empty",
    ),
    "a sentence with two speakers": (
        "label",
        replace(ANNOTATIONS, ",Russian officials", ",the Russian side"),
        r"line 71: the speaker is 'Russian officials', and 'the Russian side' in line 70;",
    ),
    "annotations of no document": (
        "label",
        write(
            "data/annotations/ghost.csv",
            b"sentence,annotator,stance,confidence,rationale\nA,b,c,,\n",
        ),
        r"ghost\.csv: there is no document 'ghost'",
    ),
    "a referee who is no annotator": (
        "label",
        params("label", referees=["nobody"]),
        r"label\.referees names 'nobody', who is not in data/annotators\.csv",
    ),
    "annotations without a column": (
        "label",
        replace(ANNOTATIONS, "stance,", "label,"),
        r"russia-taliban\.csv, line 1: no column 'stance'; the file has 'sentence', 'annotator',",
    ),
    "a row with too many fields": (
        "label",
        append(ANNOTATIONS, f"{FIRST},coder-1,none,,why, oh why,"),
        r"line 194: 7 fields where the header has 6; quote cells that contain commas",
    ),
    "a quote that is not closed": (
        "label",
        append(ANNOTATIONS, '"No end'),
        r"russia-taliban\.csv, line 194: not valid CSV",
    ),
    "an article that is not in the table": (
        "segment",
        write("data/articles/extra.txt", b"A sentence.\n"),
        r"extra\.txt: data/articles\.csv has no row for 'extra'; add one",
    ),
    "a row without an article": (
        "segment",
        append("data/articles.csv", "ghost,composed,,,,,A,B"),
        r"articles\.csv, line 5: there is no data/articles/ghost\.txt",
    ),
    "a document twice in the table": (
        "segment",
        append("data/articles.csv", "gulf-rsf,composed,,,,,A,B"),
        r"articles\.csv: document 'gulf-rsf' is there twice",
    ),
    "an unknown origin": (
        "segment",
        replace("data/articles.csv", ",published,", ",leaked,"),
        r"articles\.csv, line \d: origin 'leaked' must be published or composed",
    ),
    "an article that is not UTF-8": (
        "segment",
        write("data/articles/gulf-rsf.txt", "A line.\nA café.\n".encode("latin-1")),
        r"gulf-rsf\.txt, line 2, byte 6: 0xe9 is not UTF-8; save the file as UTF-8",
    ),
    "an empty article": (
        "segment",
        write("data/articles/gulf-rsf.txt", b"\n \n\xc2\xa0\n"),
        r"gulf-rsf\.txt: the article is empty",
    ),
    "an article of headings only": (
        "segment",
        write("data/articles/gulf-rsf.txt", b"A heading\n"),
        r"'gulf-rsf' has no sentence, only headings and furniture",
    ),
    "an empty table": (
        "segment",
        write("data/statements.csv", b""),
        r"statements\.csv: the file is empty; its first line must name the columns",
    ),
    "an empty statement": (
        "segment",
        append("data/statements.csv", '" ",Russia,Taliban'),
        r"statements\.csv, line \d+: the sentence is empty",
    ),
    "a param of the wrong type": (
        "train",
        replace("params.yaml", "C: 3.0", "C: ten"),
        rf"params\.yaml, line {LINE_OF_C}: train\.C is 'ten': input should be a valid number",
    ),
    "a param out of range": (
        "train",
        params("train", C=0),
        rf"params\.yaml, line {LINE_OF_C}: train\.C is 0: input should be greater than 0",
    ),
    "a number that is a word to other readers of YAML": (
        "train",
        replace("params.yaml", "C: 3.0", "C: no"),
        r"train\.C is 'no'",
    ),
    "a param that nobody knows": (
        "train",
        params("train", penalty="l1"),
        r"params\.yaml, line \d+: train\.penalty is 'l1': extra inputs are not permitted",
    ),
    "a param that is missing": (
        "train",
        replace("params.yaml", "  C: 3.0", "  # C"),
        r"params\.yaml, line \d+: train\.C: field required",
    ),
    "n-grams the wrong way round": (
        "train",
        params("train", word_ngrams=[2, 1]),
        r"train\.word_ngrams is \[2, 1\]: the first number must not be larger than the second",
    ),
    "params that are not YAML": (
        "train",
        write("params.yaml", b"train: [1\n"),
        r"params\.yaml, line \d+, column \d+: not valid YAML",
    ),
    "an unknown encoder": (
        "encode",
        params("encode", encoder="word2vec"),
        r"encode\.encoder is 'word2vec': must be finetuned, sentence-transformers:<name>, ",
    ),
    "a hub's encoder without its extra": (
        "encode",
        params("encode", encoder="sentence-transformers:all-mpnet-base-v2"),
        (
            r"needs the extra 'hub'; install it with `make hub`"
            r"|'all-mpnet-base-v2' is not on this machine; give the path of its folder"
        ),
    ),
    "a label that nobody used": (
        "train",
        params("labels", stances=["contact-only", "dialogue", "hostile", "ambivalent"]),
        r"labelled\.csv: no sentence is labelled 'ambivalent'; annotate some",
    ),
    "a label that is no name": (
        "label",
        params("labels", background=""),
        r"params\.yaml, line 5: labels\.background is '': a label must be a name",
    ),
    "labels with one column": (
        "label",
        params("labels", background="contact_only"),
        r"line 3: labels .*every label must be named once",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_one_sentence_and_nothing_written(case: str, here: Path, inside: Inside) -> None:
    name, change, expected = CASES[case]
    before = {path: (here / path).read_bytes() for path in OUTPUTS[name]}
    change(here)
    done = inside.stage(name, code=1)
    (line,) = done.err.splitlines()
    assert re.match(rf"{name}: .*(?:{expected})", line)
    assert line.endswith(".")
    assert done.out == ""
    assert {path: (here / path).read_bytes() for path in OUTPUTS[name]} == before
    assert not list(here.rglob(".*.csv.*"))


def test_a_question_that_cannot_be_answered_is_left_out_with_a_sentence(
    here: Path, inside: Inside
) -> None:
    set_params(here, {"evaluate": {"folds": 12, "target_folds": 5000}})
    expected = {
        "article": r"11 sentences labelled 'contact-only', fewer than evaluate\.folds = 12",
        "unseen_target": r"targets, fewer than evaluate\.target_folds = 5000",
        "unseen_source": r"belong to another encoder, and the texts are not here",
    }
    lines = inside.stage("evaluate").err.splitlines()
    metrics = json.loads((here / "reports/metrics.json").read_text("utf-8"))
    assert list(metrics) == ["left_out", "statement", "unseen_article"]
    for (protocol, reason), line in zip(expected.items(), lines, strict=True):
        assert re.search(rf"^evaluate: {protocol} is left out\. .*{reason}", line)
        assert re.search(reason, metrics["left_out"][protocol])


def test_real_prose_of_another_encoder_is_not_learned_from_and_that_is_said(
    here: Path, inside: Inside
) -> None:
    set_params(here, {"train": {"real_prose": True}})
    first, _ = inside.stage("train").err.splitlines()
    assert first.startswith("train: nothing is learned from real prose. the vectors of data/real")
    about = json.loads((here / "models/stance.json").read_text("utf-8"))
    assert about["real_sentences"] == 0


def test_embeddings_of_other_sentences_are_refused(here: Path, inside: Inside) -> None:
    text = (here / "data/labelled.csv").read_text("utf-8")
    (here / "data/labelled.csv").write_text(text[: text.rindex("\n", 0, -1) + 1], "utf-8")
    done = inside.stage("train", code=1)
    assert re.match(r"train: data/embeddings\.npy: \d+ rows for \d+ sentences", done.err)
