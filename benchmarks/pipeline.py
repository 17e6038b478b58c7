"""Measure how long the pipeline and scoring take, and in how much memory, as ratios in one run.

Run it in an environment that `make` has set up: ``python -m benchmarks.pipeline``. It works in a
copy of the project, so that nothing of yours is touched, and writes a table in Markdown.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

from benchmarks.measure import ROOT, median

STATEMENT = "Moscow keeps a line open to the group to free its citizens, and nothing more."
BARE = f"""
import joblib, numpy, onnxruntime, pandas
from tokenizers import Tokenizer
estimator = joblib.load("models/stance.joblib")["estimator"]
tokenizer = Tokenizer.from_file("models/encoder/tokenizer.json")
tokenizer.no_padding()
session = onnxruntime.InferenceSession("models/encoder/model.onnx")
text = {STATEMENT!r}
ids = numpy.array([tokenizer.encode(text).ids])
inputs = dict(input_ids=ids, attention_mask=numpy.ones_like(ids))
vector = session.run(None, inputs)[0]
frame = pandas.DataFrame(vector, columns=[f"embedding_{{n}}" for n in range(vector.shape[1])])
frame.insert(0, "text", [text])
print(estimator.predict_proba(frame))
"""


def main() -> None:
    """Write the table to standard output."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        listed = subprocess.run(
            ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
        for file in listed.split():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / file, folder / file)
        for command in (["git", "init", "-q"], ["git", "add", "-A"]):
            subprocess.run(command, cwd=folder, check=True)

        def nothing() -> None:
            pass

        def another_c() -> None:
            path = folder / "params.yaml"
            text = path.read_text("utf-8")
            path.write_text(text.replace("C: 10.0", "C: 3.0"), encoding="utf-8")

        (folder / "dvc.lock").unlink()
        rows = {}
        rows["`dvc repro` from nothing"] = median(["dvc", "repro"], folder, 1, nothing)
        stages = ["segment", "label", "encode", "evaluate", "train", "analyse", "report"]
        for stage in stages:
            command = ["python", "-m", f"pipeline.stages.{stage}"]
            rows[f"of it, `{stage}`"] = median(command, folder, 1, nothing)
        rows["`dvc status`"] = median(["dvc", "status"], folder, 5, nothing)
        rows["`dvc repro` with nothing changed"] = median(["dvc", "repro"], folder, 5, nothing)
        rows["a bare script, one statement"] = median(["python", "-c", BARE], folder, 7, nothing)
        score = ["stance", "score", STATEMENT]
        rows["`stance score`, one statement"] = median(score, folder, 7, nothing)
        rows["`dvc repro` after a change of `train.C`"] = median(
            ["dvc", "repro"], folder, 1, another_c
        )

    whole = rows["`dvc repro` from nothing"][0]
    compared = {
        "`dvc repro` with nothing changed": "`dvc status`",
        "`stance score`, one statement": "a bare script, one statement",
    }
    print("| | seconds | ratio | peak MB |\n| --- | --- | --- | --- |")
    for title, (seconds, memory) in rows.items():
        other = compared.get(title)
        if other:
            ratio = f"{seconds / rows[other][0]:.2f} × {other}"
        else:
            ratio = f"{seconds / whole:.2f} × from nothing"
        print(f"| {title} | {seconds:.1f} | {ratio} | {memory:.0f} |")


if __name__ == "__main__":
    main()
