"""Measure `stance score`: throughput, workers and memory, as ratios in one run.

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

import numpy as np

from benchmarks.measure import ROOT, alternating, measure, table
from pipeline.classifier.estimator import build_estimator, feature_frame
from pipeline.classifier.export import linear_arrays, to_joblib
from pipeline.project.params import read_params
from pipeline.project.tables import read_stage_csv
from stance.model.examples import Examples
from stance.model.names import NO_ENCODER
from stance.model.stance_model import StanceModel
from stance.scoring.rows.records import csv_lines

STATEMENTS = 20_000
MANY, FEW = 1_000_000, 10_000

LOOP = """
import csv, json, sys
from pathlib import Path
import joblib
from pipeline.classifier.estimator import feature_frame
from stance.model.encoder import load_encoder
from stance.model.store import FolderStore
folder, source = sys.argv[1:]
estimator = joblib.load(folder + "/stance.joblib")
name = json.load(open(folder + "/stance.json"))["encoder"]
encoder = load_encoder(name, store=FolderStore(Path(folder)))
texts = [row["text"] for row in csv.DictReader(open(source, newline=""))]
for start in range(0, len(texts), 1000):
    some = texts[start : start + 1000]
    estimator.predict_proba(feature_frame(some, encoder.encode(some)))
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
    """Save the project's model once more, with the encoder off; return its folder."""
    model = StanceModel.load(ROOT)
    labelled = read_stage_csv(ROOT / "data/labelled.csv")
    labelled = labelled[labelled["stance"] != ""]
    texts = labelled["text"].tolist()
    frame = feature_frame(texts, np.empty((len(texts), 0), dtype=np.float32))
    estimator = build_estimator(read_params(ROOT / "params.yaml").train, 0)
    estimator.fit(frame, labelled["stance"])
    about = {**model.about, "encoder": NO_ENCODER, "encoder_files": {}}
    kept = model.examples
    nothing = np.empty((len(kept.texts), 0), dtype=np.float32)
    examples = Examples.of(kept.texts, kept.stances, kept.documents, nothing)
    folder.mkdir()
    linear = linear_arrays(estimator, model.labels, model.linear.known)
    StanceModel(linear, about, model.calibration, examples).save(folder)
    (folder / "stance.joblib").write_bytes(to_joblib(estimator))
    return folder


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
        table(
            f"{count:,} distinct statements, with the encoder", alternating(found, folder, 1), count
        )
        found = {
            "a loop by hand": [*loop, "off", "in.csv"],
            "`stance score`": [*score, "--model", str(off)],
        }
        table("With the encoder off", alternating(found, folder, 3), count)
        (folder / "parts").mkdir()
        for number in range(4):
            write_statements(folder / f"parts/{number}.csv", count // 10, sentences[number::4])
        workers = ["stance", "score", "--input", "parts/*.csv", "--output", "scored", "--workers"]
        found = {"`--workers 1`": [*workers, "1"], "`--workers 2`": [*workers, "2"]}
        many = 4 * (count // 10)

        def clear() -> None:
            shutil.rmtree(folder / "scored", ignore_errors=True)

        table(f"{many:,} statements in four files", alternating(found, folder, 1, clear), many)
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
