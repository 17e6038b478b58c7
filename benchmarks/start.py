"""Measure a cold start: one statement, and `--help`, as ratios to bare scripts in one run.

``python -m benchmarks.start``. The bare script does by hand what scoring one statement takes (hash
the model's files, open them, tokenise, run, multiply) with onnxruntime, tokenizers and NumPy alone;
`--help` stands beside ``python -c pass``.
"""

import tempfile
from pathlib import Path

from benchmarks.measure import ROOT, alternating, table

STATEMENT = "Moscow keeps a line open to the group to free its citizens, and nothing more."
RUNS = 11

BARE = """
import hashlib, json, sys
from pathlib import Path
import numpy as np
import onnxruntime
from tokenizers import Tokenizer
folder, text = Path(sys.argv[1]), sys.argv[2]
about = json.loads((folder / "stance.json").read_text())
for name, digest in about["encoder_files"].items():
    with (folder / "encoder" / name).open("rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == digest
content = (folder / "stance.npz").read_bytes()
assert hashlib.sha256(content).hexdigest() == about["files"]["stance.npz"]
arrays = np.load(folder / "stance.npz")
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(
    str(folder / "encoder/model.onnx"), options, providers=["CPUExecutionProvider"],
    disabled_optimizers=["SkipLayerNormFusion"],
)
tokenizer = Tokenizer.from_file(str(folder / "encoder/tokenizer.json"))
ids = np.array([tokenizer.encode(text).ids], dtype=np.int64)
feed = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
(vector,) = session.run(["vectors"], feed)[0]
decisions = arrays["embedding"] @ vector + arrays["intercept"]
powers = np.exp(decisions / about["calibration"]["temperature"])
print(about["labels"][int(powers.argmax())], powers / powers.sum())
"""


def main() -> None:
    """Write the tables to standard output."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "models").symlink_to(ROOT / "models")
        found = {
            "a script by hand": ["python", "-c", BARE, "models", STATEMENT],
            "`stance score`": ["stance", "score", STATEMENT],
        }
        table("One statement, from a cold start", alternating(found, folder, RUNS))
        found = {
            "`python -c pass`": ["python", "-c", "pass"],
            "`stance --help`": ["stance", "--help"],
        }
        table("Help", alternating(found, folder, RUNS))


if __name__ == "__main__":
    main()
