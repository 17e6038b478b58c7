"""Measure `stance score`: throughput, start, workers and memory, as ratios in one run.

Run it in an environment that `make .venv/.test` has set up: ``python -m benchmarks.score``. It
works in a temporary folder on statements that are put together from clauses of the project's own
sentences, and writes tables in Markdown. What it compares with is the same encoder and the same
estimator in a loop by hand, and SetFit (Tunstall et al. 2022) where the variable ``SETFIT_BASE``
names the folder of its base model; SetFit has to be installed in the environment for that.
"""

import os
import random
import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import ROOT, measure
from pipeline.classifier.estimator import build_estimator, feature_frame
from pipeline.project.params import read_params
from pipeline.project.tables import read_stage_csv
from stance.model.names import NO_ENCODER
from stance.model.stance_model import StanceModel
from stance.scoring.rows.records import csv_lines

STATEMENTS = 20_000
MANY, FEW = 1_000_000, 10_000
STATEMENT = "Moscow keeps a line open to the group to free its citizens, and nothing more."

LOOP = """
import csv, json, sys
import joblib
from stance.model.encoder import load_encoder
from pipeline.classifier.estimator import feature_frame
folder, source = sys.argv[1:]
estimator = joblib.load(folder + "/stance.joblib")["estimator"]
encoder = load_encoder(json.load(open(folder + "/stance.json"))["encoder"])
texts = [row["text"] for row in csv.DictReader(open(source, newline=""))]
for start in range(0, len(texts), 1000):
    some = texts[start : start + 1000]
    estimator.predict_proba(feature_frame(some, encoder.encode(some)))
"""
BARE = """
import json, sys
import joblib
from stance.model.encoder import load_encoder
from pipeline.classifier.estimator import feature_frame
folder, text = sys.argv[1:]
estimator = joblib.load(folder + "/stance.joblib")["estimator"]
encoder = load_encoder(json.load(open(folder + "/stance.json"))["encoder"])
print(estimator.predict_proba(feature_frame([text], encoder.encode([text]))))
"""
SETFIT = """
import csv, sys
from setfit import SetFitModel
labels, source, base = sys.argv[1].split(","), sys.argv[2], sys.argv[3]
model = SetFitModel.from_pretrained(base, labels=labels)
texts = [row["text"] for row in csv.DictReader(open(source, newline=""))]
# Not trained: a linear head of as many labels takes as long whatever its weights are.
model.model_head.fit(model.model_body.encode(texts[:40]), [n % len(labels) for n in range(40)])
model.predict_proba(texts, batch_size=32)
"""


def write_statements(path: Path, count: int, sentences: list[str]) -> None:
    """Write so many distinct statements of mixed length, composed of clauses of sentences."""
    chance = random.Random(0)  # noqa: S311 - no secrets
    clauses = [clause for sentence in sentences for clause in sentence.rstrip(".").split(", ")]
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(csv_lines([["id", "text"]]))
        for number in range(count):
            some = chance.sample(clauses, chance.choice([1, 1, 2, 2, 3, 5]))
            file.write(csv_lines([[str(number), f"{', '.join(some)} ({number})."]]))


def without_encoder(folder: Path) -> Path:
    """Save the project's model once more, with the encoder off; return its file."""
    model = StanceModel.load(ROOT / "models/stance.joblib")
    labelled = read_stage_csv(ROOT / "data/labelled.csv")
    labelled = labelled[labelled["stance"] != ""]
    texts = labelled["text"].tolist()
    about = {**model.about, "encoder": NO_ENCODER, "encoder_files": {}}
    off = StanceModel(model.estimator, about, model.calibration, model.examples)
    frame = feature_frame(texts, off.encode(texts))
    off.estimator = build_estimator(read_params(ROOT / "params.yaml").train, 0)
    off.estimator.fit(frame, labelled["stance"])
    folder.mkdir()
    off.save(folder / "stance.joblib")
    return folder / "stance.joblib"


def alternating(commands: dict[str, list[str]], folder: Path, runs: int) -> dict[str, float]:
    """Return the shortest seconds of each command, run in turns: load hits all of them alike."""
    best = dict.fromkeys(commands, float("inf"))
    for _ in range(runs):
        for title, command in commands.items():
            shutil.rmtree(folder / "scored", ignore_errors=True)
            best[title] = min(best[title], measure(command, folder)[0])
    return best


def table(found: dict[str, float], rows: int) -> None:
    """Write a table of seconds, rows per second and ratios to the first command."""
    first = next(iter(found.values()))
    print("| | seconds | statements a second | ratio |\n| --- | --- | --- | --- |")
    for title, seconds in found.items():
        rate = f"{rows / seconds:,.0f}" if rows > 1 else "–"
        print(f"| {title} | {seconds:.1f} | {rate} | {first / seconds:.2f} |")
    print(flush=True)


def main() -> None:
    """Write the tables to standard output."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else STATEMENTS
    sentences = read_stage_csv(ROOT / "data/sentences.csv")["text"].tolist()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(ROOT / "models", folder / "models")
        off = without_encoder(folder / "off")
        write_statements(folder / "in.csv", count, sentences)
        score = ["stance", "score", "--input", "in.csv", "--output", "out.csv"]
        loop = ["python", "-c", LOOP]
        found = {
            "a loop by hand": [*loop, "models", "in.csv"],
            "`stance score`": score,
        }
        if base := os.environ.get("SETFIT_BASE"):
            labels = ",".join(read_params(ROOT / "params.yaml").labels.all)
            found["SetFit"] = ["python", "-c", SETFIT, labels, "in.csv", base]
        print(f"{count:,} distinct statements, with the encoder:\n")
        table(alternating(found, folder, 1), count)
        found = {
            "a loop by hand": [*loop, "off", "in.csv"],
            "`stance score`": [*score, "--model", str(off)],
        }
        print("With the encoder off:\n")
        table(alternating(found, folder, 3), count)
        found = {
            "a script by hand": ["python", "-c", BARE, "models", STATEMENT],
            "`stance score`": ["stance", "score", STATEMENT],
        }
        print("One statement, from a cold start:\n")
        table(alternating(found, folder, 7), 1)
        (folder / "parts").mkdir()
        for number in range(4):
            write_statements(folder / f"parts/{number}.csv", count // 10, sentences[number::4])
        workers = ["stance", "score", "--input", "parts/*.csv", "--output", "scored", "--workers"]
        print(f"{4 * (count // 10):,} statements in four files:\n")
        found = {"`--workers 1`": [*workers, "1"], "`--workers 2`": [*workers, "2"]}
        table(alternating(found, folder, 1), 4 * (count // 10))
        print("Peak memory, with the encoder off:\n")
        print("| rows | seconds | peak MB | ratio |\n| --- | --- | --- | --- |")
        first = 0.0
        for rows in (FEW, MANY):
            write_statements(folder / "in.csv", rows, sentences)
            seconds, memory = measure([*score, "--model", str(off)], folder)
            first = first or memory
            print(f"| {rows:,} | {seconds:.1f} | {memory:.0f} | {memory / first:.2f} |", flush=True)


if __name__ == "__main__":
    main()
