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
from pipeline.model.encoder import MODEL_FILE, TOKENIZER_FILE
from importlib.util import find_spec
from tokenizers import Tokenizer
def path(file): return find_spec(file.package).submodule_search_locations[0] + "/" + file.path
model = joblib.load("models/stance.joblib")
tokenizer = Tokenizer.from_file(path(TOKENIZER_FILE))
tokenizer.no_padding()
session = onnxruntime.InferenceSession(path(MODEL_FILE), providers=["CPUExecutionProvider"])
text = {STATEMENT!r}
ids = numpy.array([tokenizer.encode(text).ids])
mask = numpy.ones_like(ids)
inputs = dict(input_ids=ids, attention_mask=mask, token_type_ids=0 * ids)
vector = session.run(None, inputs)[0].mean(axis=1)
vector /= numpy.linalg.norm(vector)
frame = pandas.DataFrame(vector, columns=[f"embedding_{{n}}" for n in range(384)])
frame.insert(0, "text", [text])
print(model.predict_proba(frame))
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
        stages = ["segment", "label", "encode", "train", "evaluate", "analyse", "report"]
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
