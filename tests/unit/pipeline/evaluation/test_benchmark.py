"""Other people's data sets run as they were published, and their figures are scikit-learn's."""

import io
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, f1_score

from pipeline.classifier.estimator import build_estimator, feature_frame
from pipeline.project.foreign_tables import parse_json_lines
from pipeline.project.frames import frame_of
from pipeline.project.params import read_params
from stance.cli import main
from stance.model.encoder import load_encoder
from stance.scoring.rows.delimited import csv_records
from tests.projects import set_params
from tests.semeval import LABELS, SEMEVAL, tweets, write_semeval, write_tsv


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that the command is run in: params, and a data set in SemEval's shape."""
    write_semeval(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def benchmark(folder: Path) -> Callable[..., dict[str, Any]]:
    """Return a function that runs the command in this process and returns its JSON."""

    def measured(*arguments: str) -> dict[str, Any]:
        main(["benchmark", *arguments, "--output", "figures.json"])
        return dict(json.loads((folder / "figures.json").read_text("utf-8")))

    return measured


def test_the_figures_are_those_of_scikit_learn(folder, benchmark, capsys):
    set_params(folder, {"encode": {"encoder": "finetuned"}})
    found = benchmark("train.txt", "test.txt", *SEMEVAL)
    train, test = tweets(90, 1), tweets(60, 2)
    params, encoder = read_params(), load_encoder("finetuned")
    frames = [
        feature_frame(rows["Tweet"].tolist(), encoder.encode(rows["Tweet"].tolist()))
        for rows in (train, test)
    ]
    estimator = build_estimator(params.train, frames[0].shape[1] - 1)
    predicted = estimator.fit(frames[0], train["Stance"]).predict(frames[1])

    def f1(rows: np.ndarray, **options: Any) -> Any:
        return pytest.approx(f1_score(test["Stance"][rows], predicted[rows], **options), abs=6e-5)

    everything = np.arange(len(test))
    of_pipeline = found["systems"]["pipeline"]
    averaged = {"labels": ["FAVOR", "AGAINST"], "average": "macro"}
    assert of_pipeline["macro_f1"] == f1(everything, **averaged)
    assert of_pipeline["macro_f1_all"] == f1(everything, average="macro")
    assert [of_pipeline["labels"][label]["f1"] for label in LABELS] == f1(everything, average=None)
    accuracy = accuracy_score(test["Stance"], predicted)
    assert of_pipeline["accuracy"] == pytest.approx(accuracy, abs=6e-5)
    for target, of_target in of_pipeline["groups"].items():
        rows = np.flatnonzero(test["Target"] == target)
        assert of_target["macro_f1"] == f1(rows, **averaged)
    assert accuracy < 1
    for system in found["systems"].values():
        for part in (system, *system["labels"].values(), *system["groups"].values()):
            for name in [name for name in part if f"{name}_low" in part]:
                assert part[f"{name}_low"] <= part[name] <= part[f"{name}_high"]
    assert list(found["systems"]) == ["most_frequent", "pipeline", "tfidf"]
    shown = capsys.readouterr().out
    assert re.search(r"rows +this classifier +TF-IDF alone +most frequent label\n", shown)
    line = "macro-F1 of FAVOR, AGAINST +60 +{:.3f} \\({:.3f} to {:.3f}\\) ".format(
        *(of_pipeline[f"macro_f1{end}"] for end in ("", "_low", "_high"))
    )
    assert re.search(line, shown)


@pytest.mark.usefixtures("folder")
def test_bytes_of_another_encoding_are_named_with_their_line(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["benchmark", "train.txt", "test.txt", *SEMEVAL, "--encoding", "utf-8"])
    assert ended.value.code == 1
    shown = capsys.readouterr().err
    assert re.fullmatch(
        r"stance benchmark: train\.txt, line 2, byte \d+: 0x(93|94|92) is not UTF-8; "
        r"name the file's own with --encoding, such as cp1252\.\n",
        shown,
    )


def test_a_classifier_per_group_sees_its_group_only(folder, benchmark):
    together = benchmark("train.txt", "test.txt", *SEMEVAL)
    apart = benchmark("train.txt", "test.txt", *SEMEVAL, "--per-group")
    assert apart["per_group"]
    assert apart["systems"]["pipeline"] != together["systems"]["pipeline"]
    for target, of_target in apart["systems"]["pipeline"]["groups"].items():
        for name, size, seed in (("train.txt", 90, 1), ("test.txt", 60, 2)):
            rows = tweets(size, seed)
            write_tsv(folder / f"one-{name}", rows[rows["Target"] == target])
        alone = benchmark("one-train.txt", "one-test.txt", *SEMEVAL)["systems"]["pipeline"]
        assert of_target == {name: alone[name] for name in of_target}


def test_one_data_set_has_the_same_figures_in_every_format(folder, benchmark):
    quotes = {1: '"No end,', 3: 'He said "never", twice.', 5: '""', 7: "a, b; c"}
    for name, size, seed in (("train", 90, 1), ("test", 60, 2)):
        rows = tweets(size, seed)[["Tweet", "Stance"]]
        rows["Stance"] = rows["Stance"].map(LABELS.index).astype("str")
        texts = rows["Tweet"].tolist()
        for number, text in quotes.items():
            texts[number] += text
            texts[number + 1] = text + texts[number + 1]
        rows["Tweet"] = texts
        rows.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8-sig")
        lines = ["\t".join(row) for row in rows.to_numpy().tolist()]
        (folder / f"{name}.tsv").write_text("\r\n".join(lines), "utf-8", newline="")
        numbers = rows.astype({"Stance": int}).to_dict("records")
        lines = [json.dumps(row, ensure_ascii=bool(n % 2)) for n, row in enumerate(numbers)]
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n\n", "utf-8")
        shutil.copy(folder / f"{name}.tsv", folder / f"{name}.data")
    named = ["--text-column", "Tweet", "--label-column", "Stance"]
    numbered = ["--no-header", "--text-column", "1", "--label-column", "2"]
    found = [
        benchmark("train.csv", "test.csv", *named),
        benchmark("train.tsv", "test.tsv", *numbered),
        benchmark("train.data", "test.data", *numbered, "--format", "tsv"),
        benchmark("train.jsonl", "test.jsonl", *named),
        benchmark("train.jsonl", "test.csv", *named),
    ]
    assert [one["test"]["rows"] for one in found] == [60] * 5
    assert found[0]["labels"] == ["0", "1", "2"]
    for one in found[1:]:
        assert one["systems"] == found[0]["systems"]


def test_what_stands_in_both_files_and_what_is_in_neither_is_said(folder, benchmark, capsys):
    rows = tweets(90, 1)
    rows = rows[rows["Stance"] != "NONE"]
    rows["Tweet"] = rows["Tweet"].str.replace(" ", "  ")
    write_tsv(folder / "test.txt", rows)
    found = benchmark("train.txt", "test.txt", *SEMEVAL[:4], "--encoding", "cp1252")
    assert found["seen_texts"] == len(rows)
    assert found["averaged"] == LABELS
    assert found["test"]["labels"]["NONE"] == 0
    of_pipeline = found["systems"]["pipeline"]
    assert of_pipeline["labels"]["NONE"] == {"f1": 0, "f1_low": 0, "f1_high": 0}
    assert of_pipeline["macro_f1"] == of_pipeline["macro_f1_all"] <= 0.6667
    shown = capsys.readouterr().out
    assert f"Texts tested on that were trained on, too: {len(rows)};" in shown


def test_json_values_are_kept_as_they_are_written():
    text = '{"a": "x\\u00e9", "b": null}\r\n\n{"b": 1.50, "c": [true, "ü"], "a": ""}\n'
    rows = parse_json_lines(text, "a file", ["a"])
    expected = pd.DataFrame(
        {"a": ["xé", ""], "b": ["", "1.5"], "c": ["", '[true, "ü"]']},
        index=pd.Index([1, 3], name="line"),
        dtype="str",
    )
    pd.testing.assert_frame_equal(rows, expected)


def test_lines_without_a_header_are_all_rows():
    lines = io.StringIO('"a\tb\n\nc\td"\n')
    rows = frame_of(csv_records(lines, "a file", "\t", quotes=False, header=False))
    assert rows.to_dict() == {"1": {1: '"a', 3: "c"}, "2": {1: "b", 3: 'd"'}}


GOOD = "text,label,of\ngood day,a,x\nday good,a,x\nbad night,b,x\nnight bad,b,x\n"
JSON = '{"text": "good day", "label": "a"}\n'
BAD: dict[str, tuple[str | bytes | None, str | bytes, list[str], str]] = {
    "no such file": (None, GOOD, [], r"train\.csv: no such file"),
    "no file content": ("", GOOD, [], r"train\.csv: the file is empty; its first line must name"),
    "no rows": (GOOD, "text,label\n", [], r"test\.csv: there are no rows"),
    "no rows and no header": ("\n", GOOD, ["--no-header"], r"train\.csv: there are no rows"),
    "a column that is missing": (
        GOOD,
        GOOD,
        ["--label-column", "stance"],
        r"train\.csv, line 1: no column 'stance'; the file has 'text', 'label', 'of'",
    ),
    "a number that is too large": (
        GOOD,
        GOOD,
        ["--no-header", "--text-column", "1", "--label-column", "4"],
        r"train\.csv, line 1: no column '4'; the file has '1', '2', '3'",
    ),
    "a group column that is missing": (
        GOOD,
        GOOD,
        ["--group-column", "target"],
        r"train\.csv, line 1: no column 'target'",
    ),
    "an empty text": (GOOD, GOOD + " ,a,x\n", [], r"test\.csv, line 6, column 'text': the text is"),
    "an empty label": (GOOD + "a,,x\n", GOOD, [], r"train\.csv, line 6, column 'label': the label"),
    "an empty group": (
        GOOD + "a,a,\n",
        GOOD,
        ["--group-column", "of"],
        r"train\.csv, line 6, column 'of': the group is empty",
    ),
    "a label that cannot be predicted": (
        GOOD,
        GOOD + "good,c,x\n",
        [],
        r"test\.csv, line 6: the label 'c' does not occur in train\.csv",
    ),
    "a label with one example": (
        GOOD + "good,c,x\n",
        GOOD,
        [],
        r"train\.csv, line 6: the label 'c' has this one example only; add another",
    ),
    "one label only": (
        "text,label\ngood,a\nbad,a\n",
        GOOD,
        [],
        r"train\.csv: every row is labelled 'a'; a classifier needs two",
    ),
    "an averaged label that does not occur": (
        GOOD,
        GOOD,
        ["--average", "a,c"],
        r"train\.csv: no row is labelled 'c', which is to be averaged; the file has 'a', 'b'",
    ),
    "averaged labels that begin with a minus": (
        GOOD,
        GOOD,
        ["--average", "-1,a"],
        r"train\.csv: no row is labelled '-1', which is to be averaged; the file has 'a', 'b'",
    ),
    "an averaged label that is not measured": (
        GOOD,
        "text,label\ngood,a\n",
        ["--average", "a,b"],
        r"test\.csv: no row is labelled 'b', which is to be averaged; the file has 'a'",
    ),
    "a group that cannot be predicted": (
        GOOD,
        GOOD + "good,a,y\n",
        ["--group-column", "of", "--per-group"],
        r"test\.csv, line 6: the group 'y' does not occur in train\.csv",
    ),
    "a group with one label": (
        GOOD + "good,a,y\n",
        GOOD + "good,a,y\n",
        ["--group-column", "of", "--per-group"],
        r"train\.csv: every row of the group 'y' has the same label",
    ),
    "a group without common words": (
        GOOD + "good,a,y\nbad,b,y\n",
        GOOD + "good,a,y\n",
        ["--group-column", "of", "--per-group"],
        r"group 'y': no word or run of characters occurs in train\.min_df = 2 of the 2 texts",
    ),
    "a byte that is not UTF-8": (
        GOOD,
        GOOD.encode() + b"ca\xf1a,a,x\n",
        [],
        r"test\.csv, line 6, byte 3: 0xf1 is not UTF-8; name the file's own with --encoding",
    ),
    "a byte that is not of the encoding": (
        GOOD.encode() + b"\x81,a,x\n",
        GOOD,
        ["--encoding", "cp1252"],
        r"train\.csv, line 6, byte 1: 0x81 is not CP1252",
    ),
    "a row with too many fields": (
        GOOD.replace(",", "\t") + "a\tb\ta\tx\n",
        GOOD,
        ["--format", "tsv"],
        r"train\.csv, line 6: 4 fields where the header has 3; leave tabs out of the cells",
    ),
    "a row unlike the first": (
        "good day,a\nbad night\n",
        GOOD,
        ["--no-header", "--text-column", "1", "--label-column", "2"],
        r"train\.csv, line 2: 1 fields where the first row has 2; quote cells that contain",
    ),
    "a line that is no object": (
        JSON + '["good day", "a"]\n',
        JSON,
        ["--format", "jsonl"],
        r"train\.csv, line 2: not an object; write each row as {\"column\": \"value\"}",
    ),
    "a line that is no JSON": (
        JSON + "\n{'text': 1}\n",
        JSON,
        ["--format", "jsonl"],
        r"train\.csv, line 3, column 2: not valid JSON \(Expecting property name",
    ),
    "an object without a key": (
        JSON + '{"text": "good day"}\n',
        JSON,
        ["--format", "jsonl"],
        r"train\.csv, line 2: no key 'label'; the object has 'text'",
    ),
    "an object with a key twice": (
        '{"text": "good day", "label": "a", "label": "b"}\n',
        JSON,
        ["--format", "jsonl"],
        r"train\.csv, line 1: key 'label' is there twice",
    ),
    "half a character": (
        JSON + '{"text": "\\ud83d", "label": "a"}\n',
        JSON,
        ["--format", "jsonl"],
        r"train\.csv, line 2: the value of 'text' holds half a surrogate pair",
    ),
    "a null": (
        JSON + '{"text": null, "label": "a"}\n',
        JSON,
        ["--format", "jsonl"],
        r"train\.csv, line 2, column 'text': the text is empty",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_sentence(case, folder, capsys):
    train, test, options, expected = BAD[case]
    for name, content in (("train.csv", train), ("test.csv", test)):
        if content is not None:
            raw = content.encode() if isinstance(content, str) else content
            (folder / name).write_bytes(raw)
    with pytest.raises(SystemExit) as ended:
        main(["benchmark", "train.csv", "test.csv", *options, "--output", "figures.json"])
    assert ended.value.code == 1
    shown = capsys.readouterr()
    (line,) = shown.err.splitlines()
    assert re.match(rf"stance benchmark: {expected}", line)
    assert line.endswith(".")
    assert shown.out == ""
    assert not (folder / "figures.json").exists()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["train.txt"], r"the following arguments are required: TEST"),
        (["train.txt", "test.dat"], r"test\.dat: no known suffix; name the format with --format"),
        (["a.txt", "b.txt", "--encoding", "cp99"], r"'cp99' is no encoding of text"),
        (["a.txt", "b.txt", "--encoding", "hex"], r"'hex' is no encoding of text"),
        (["a.txt", "b.txt", "--average", "a,,b"], r"'a,,b' must name labels, each once"),
        (["a.txt", "b.txt", "--average", "a,a"], r"'a,a' must name labels, each once"),
        (["a.txt", "b.txt", "--per-group"], r"--per-group needs --group-column"),
        (["a.jsonl", "b.txt", "--no-header"], r"--no-header: JSON lines have no header"),
    ],
)
def test_bad_usage_is_one_sentence(capsys, arguments, expected):
    with pytest.raises(SystemExit) as ended:
        main(["benchmark", *arguments])
    assert ended.value.code == 2
    assert re.search(expected, capsys.readouterr().err.splitlines()[-1])
