"""A model in one file, to be passed on: with its encoder, its card, licences and attributions."""

from importlib.metadata import PackageNotFoundError, distribution
from importlib.resources import files
from pathlib import Path

from stance.errors import DataError
from stance.files import replacing
from stance.model.description import ARRAYS, DESCRIPTION, ENCODER_FOLDER
from stance.model.stance_model import StanceModel
from stance.model.store import write_bundle

DISTRIBUTION = "stance-pipeline"
CARD = "model_card.md"
# Where a project has its card, seen from the model's folder.
_CARD_PLACES = (CARD, f"../reports/{CARD}")
_LICENCES = ("Apache-2.0.txt", "NOTICE.txt")


def bundle_model(model: StanceModel, place: Path) -> None:
    """Write a model as one file, whole or not at all; the same model gives the same bytes.

    Parameters
    ----------
    model
        A loaded model.
    place
        The file to write.

    Raises
    ------
    DataError
        If a file of the model is missing or is not the model's, or its encoder is none of files.
    """
    store = model.store
    if model.encoder_is_elsewhere:
        raise DataError(
            f"{store.name}: the encoder {model.about['encoder']!r} is no part of the model's "
            "files, so a bundle would not score; train with the fine-tuned one or with none."
        )
    model.check_encoder()
    names = [
        DESCRIPTION,
        ARRAYS,
        *(f"{ENCODER_FOLDER}/{one}" for one in model.about["encoder_files"]),
    ]
    contents = {name: store.read(name) for name in names}
    for name in _CARD_PLACES:
        path = store.path(name)
        if CARD not in contents and path is not None and path.is_file():
            contents[CARD] = path.read_bytes()
    if CARD not in contents and CARD in store.names():
        contents[CARD] = store.read(CARD)
    for name in _LICENCES:
        contents[name] = files("stance.model").joinpath("licences", name).read_bytes()
    contents["LICENSE"] = _licence().encode()
    with replacing(place) as file:
        file.write(write_bundle(contents))


def _licence() -> str:
    try:
        text = distribution(DISTRIBUTION).read_text("licenses/LICENSE")
    except PackageNotFoundError:
        text = None
    if text is None:
        raise DataError(
            f"the licence of {DISTRIBUTION} is not installed with it; install the package with pip."
        )
    return text
