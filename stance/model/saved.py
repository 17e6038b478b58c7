"""What a saved model is made of, written into a folder and read back from a store.

A model is a description in JSON, arrays and texts in one file, and the encoder's files. All are
believed only when they agree with each other.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.errors import DataError
from stance.files import replacing, write_json
from stance.model.arrays import Arrays, pack
from stance.model.calibration import Calibration
from stance.model.decision import Linear
from stance.model.description import ARRAYS, DESCRIPTION, FORMAT, own_hash, parse_description
from stance.model.examples import Examples
from stance.model.store import Store

# Models from before novelty was told lack it.
QUANTILES = "novelty.quantiles"


@dataclass(frozen=True)
class SavedModel:
    """What a model is made of.

    Attributes
    ----------
    linear
        The classifier, as arrays.
    about
        What `stance.json` holds.
    calibration
        What makes probabilities and abstentions of decision values.
    examples
        What gives the annotated sentences that explanations show, when they are asked for.
    quantiles
        Percentiles of how far the training material lies from these; None in a model that does not
        have them.
    """

    linear: Linear
    about: dict[str, Any]
    calibration: Calibration
    examples: Callable[[], Examples]
    quantiles: NDArray[np.float64] | None = None


def write_saved(saved: SavedModel, folder: Path) -> None:
    """Write `stance.npz` and `stance.json` into a folder; same model, same bytes.

    Neither is half there: each takes its name when it is whole, the description last.
    """
    examples = saved.examples()
    known = {} if saved.quantiles is None else {QUANTILES: saved.quantiles}
    content = pack(
        {
            **known,
            **saved.linear.arrays(),
            **examples.arrays(),
            "confusion": saved.calibration.confusion.astype(np.int64),
        },
        {**saved.linear.texts(), **examples.texts_by_name()},
    )
    about = {
        **saved.about,
        "format": FORMAT,
        "dimensions": int(saved.linear.embedding.shape[1]),
        "calibration": saved.calibration.describe(),
        "files": {ARRAYS: hashlib.sha256(content).hexdigest()},
    }
    with replacing(folder / ARRAYS) as file:
        file.write(content)
    write_json(folder / DESCRIPTION, {**about, "sha256": own_hash(about)})


def read_saved(store: Store) -> SavedModel:
    """Return what the model in a store is made of.

    Raises
    ------
    DataError
        If one is missing, damaged, changed or of another format, or they disagree.
    """
    name = store.name
    try:
        described = store.read(DESCRIPTION).decode()
    except UnicodeDecodeError:
        raise DataError(
            f"{name}: not the description of a model; copy the model's files again."
        ) from None
    about = parse_description(described, name)
    content = store.read(ARRAYS)
    if hashlib.sha256(content).hexdigest() != about["files"][ARRAYS]:
        raise DataError(
            f"{name}: {ARRAYS} is not the file that {DESCRIPTION} describes; train the model again "
            "with `dvc repro --force train`, or copy its files again."
        )
    arrays = Arrays(content, f"{name}, {ARRAYS}")
    labels, dimensions = len(about["labels"]), about["dimensions"]
    confusion = arrays.array("confusion", np.int64, [None, labels, labels])
    return SavedModel(
        Linear.parse(arrays, labels, dimensions),
        about,
        Calibration.parse(about["calibration"], confusion),
        lambda: Examples.parse(arrays, dimensions),
        arrays.array(QUANTILES, np.float64, [None]) if QUANTILES in arrays else None,
    )
