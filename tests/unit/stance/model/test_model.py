"""The model is data: found anywhere, believed only when it is whole, and used by many at once."""

import copy
import hashlib
import json
import pickle
import re
import shutil
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from stance import StanceModel
from stance.errors import DataError
from stance.model.bundle import bundle_model
from stance.model.store import VARIABLE, write_bundle
from tests.inside import Inside
from tests.models import BANNED, TALKS, give_tiny_encoder, rewritten, stances, with_arrays
from tests.projects import run


@pytest.fixture
def models(small: Path, tmp_path: Path) -> Path:
    """Return a folder with a small model, to do with as a test likes."""
    return Path(shutil.copytree(small / "models", tmp_path / "models"))


@pytest.fixture
def bundle(models: Path, tmp_path: Path) -> Path:
    bundle_model(StanceModel.load(models), tmp_path / "model.zip")
    return tmp_path / "model.zip"


@pytest.mark.parametrize("place", ["models", "models/stance.json", "models/stance.npz", "."])
def test_a_model_is_found_by_a_file_of_it_its_folder_or_its_project(
    models: Path, place: str
) -> None:
    assert stances(StanceModel.load(models.parent / place)) == stances(StanceModel.load(models))


def test_a_model_is_found_by_looking_upward_and_by_a_variable(
    models: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    deep = models.parent / "texts/of/march"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    expected = stances(StanceModel.load(models))
    assert stances(StanceModel.load()) == expected
    elsewhere = tmp_path.parent / f"{tmp_path.name}-elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    with pytest.raises(DataError, match=r"there is no model in models here or in any folder above"):
        StanceModel.load()
    monkeypatch.setenv(VARIABLE, str(bundle))
    assert stances(StanceModel.load()) == expected
    command = ["python", "-m", "stance", "score", TALKS]
    found = run(*command, folder=elsewhere, variables={VARIABLE: str(bundle)})
    assert found.stdout.count("\n") == 2
    monkeypatch.setenv(VARIABLE, "nowhere.zip")
    with pytest.raises(DataError, match=r"STANCE_MODEL=nowhere.zip: there is no model; let STANCE"):
        StanceModel.load()


def changed(key: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(described: dict[str, Any]) -> None:
        *path, last = key.split(".")
        for part in path:
            described = described[part]
        described[last] = value

    return change


TAMPERED = {
    "a temperature below 0": (changed("calibration.temperature", -2.4), "temperature is -2.4"),
    "a threshold above 1": (changed("calibration.threshold", 17), "threshold is 17"),
    "a threshold of text": (changed("calibration.threshold", "high"), "threshold is 'high'"),
    "an error of 0": (changed("calibration.max_error", 0), "max_error is 0"),
    "a label twice": (changed("labels", ["a", "a"]), "labels is"),
    "one label": (changed("labels", ["a"]), "labels is"),
    "a renamed label": (
        changed("labels", ["contact-only", "dialogue", "hostility", "none"]),
        "labels and params.labels differ",
    ),
    "labels in another order": (
        changed("labels", ["dialogue", "contact-only", "hostile", "none"]),
        "labels and params.labels differ",
    ),
    "a file outside": (changed("encoder_files", {"../x": "0" * 64}), "encoder_files is"),
    "a file without hash": (changed("encoder_files", {"x": "abc"}), "encoder_files is"),
    "other arrays": (changed("files", {"stance.npz": "0" * 64}), "is not the file that"),
    "arrays elsewhere": (changed("files", {"/etc/passwd": "0" * 64}), "files is"),
    "more dimensions": (changed("dimensions", 7), "the array 'embedding' is float64 of 4×0"),
    "english as a word": (changed("english", "yes"), "english is 'yes'"),
    "a promise of nothing": (changed("calibration.promised", {}), "calibration.promised is"),
    "an earlier format": (lambda d: d.pop("format"), "saved by an earlier version"),
    "a later format": (changed("format", 99), "of format 99, and this version of the package"),
    "a format of text": (changed("format", "2"), "format is '2', and must be"),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_a_description_that_was_tampered_with_is_refused(models: Path, name: str) -> None:
    change, message = TAMPERED[name]
    path = models / "stance.json"
    described = json.loads(path.read_text("utf-8"))
    change(described)
    path.write_text(json.dumps(rewritten(described)), "utf-8")
    with pytest.raises(DataError, match=re.escape(message)) as caught:
        StanceModel.load(models)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("value", ["0.17", "NaN", "Infinity", "1e999"])
def test_a_description_that_was_edited_is_noticed(models: Path, value: str) -> None:
    path = models / "stance.json"
    text = path.read_text("utf-8")
    path.write_text(re.sub(r'("threshold": )[^\n,]+', rf"\g<1>{value}", text), "utf-8")
    with pytest.raises(DataError, match=r"changed after it was written|not the description"):
        StanceModel.load(models)


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", "[" * 100_000, '{"labels": 1}', "\ufeff"])
def test_what_is_no_description_is_refused(models: Path, text: str) -> None:
    (models / "stance.json").write_text(text, "utf-8")
    with pytest.raises(DataError, match="not the description of a model"):
        StanceModel.load(models)


DISAGREEING: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "a label more": (
        lambda a: a.update(intercept=np.append(a["intercept"], 0.0)),
        "the array 'intercept' is float64 of 5, where the description asks for float64 of 4",
    ),
    "no intercept": (lambda a: a.pop("intercept"), "there is no array 'intercept'"),
    "NaN": (
        lambda a: a["intercept"].__setitem__(0, np.nan),
        "the array 'intercept' holds a number that is none",
    ),
    "single precision": (
        lambda a: a.update({"words.idf": a["words.idf"].astype(np.float32)}),
        "the array 'words.idf' is float32",
    ),
    "a word less": (lambda a: a.update({"words.ends": a["words.ends"][:-1]}), "the texts 'words'"),
    "texts that are none": (
        lambda a: a["words.text"].__setitem__(slice(0, 2), [0xFF, 0xFE]),
        "the texts 'words' are not UTF-8",
    ),
}


@pytest.mark.parametrize("name", DISAGREEING)
def test_arrays_that_disagree_with_the_description_are_refused(models: Path, name: str) -> None:
    change, message = DISAGREEING[name]
    with_arrays(models, change)
    with pytest.raises(DataError, match=re.escape(message)):
        StanceModel.load(models)


def test_arrays_that_are_objects_or_compressed_or_none_are_refused(models: Path) -> None:
    with_arrays(models, lambda arrays: arrays.update(intercept=np.array([print], dtype=object)))
    with pytest.raises(DataError, match="there is no array 'intercept' that can be read"):
        StanceModel.load(models)
    described = json.loads((models / "stance.json").read_text("utf-8"))
    with zipfile.ZipFile(models / "stance.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("intercept.npy", bytes(1_000_000))
    for content in ((models / "stance.npz").read_bytes(), b"", b"PK\x03\x04"):
        (models / "stance.npz").write_bytes(content)
        described["files"] = {"stance.npz": hashlib.sha256(content).hexdigest()}
        (models / "stance.json").write_text(json.dumps(rewritten(described)), "utf-8")
        with pytest.raises(DataError, match=r"a part is compressed|no archive of arrays"):
            StanceModel.load(models)


def test_a_model_without_its_arrays_or_of_another_one_is_refused(models: Path) -> None:
    content = (models / "stance.npz").read_bytes()
    (models / "stance.npz").write_bytes(content[:-1] + b"x")
    with pytest.raises(DataError, match=r"stance.npz is not the file that stance.json describes"):
        StanceModel.load(models)
    (models / "stance.npz").unlink()
    with pytest.raises(DataError, match=r"stance.npz: the model's file is missing, but a stance"):
        StanceModel.load(models)


@pytest.fixture
def encoded(models: Path) -> Path:
    """Return a model that says of itself to have the tiny encoder."""
    give_tiny_encoder(models)
    return models


def test_a_stray_file_beside_the_encoder_does_no_harm(encoded: Path) -> None:
    expected = stances(StanceModel.load(encoded))
    (encoded / "encoder/.DS_Store").write_bytes(b"what a desktop leaves behind")
    (encoded / "encoder/notes.txt").write_text("mine", "utf-8")
    assert stances(StanceModel.load(encoded)) == expected


def test_another_encoder_is_refused(encoded: Path) -> None:
    path = encoded / "encoder/tokenizer.json"
    path.write_text(path.read_text("utf-8") + "\n", "utf-8")
    with pytest.raises(DataError, match=r"not the one .* \(its file tokenizer.json differs\)"):
        stances(StanceModel.load(encoded))
    path.unlink()
    with pytest.raises(DataError, match=r"tokenizer.json: the encoder's file is missing"):
        stances(StanceModel.load(encoded))


def test_what_is_no_number_never_leaves_as_an_answer(
    encoded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = StanceModel.load(encoded)
    model.score(TALKS)
    vectors = np.full((1, 16), np.nan, dtype=np.float32)
    monkeypatch.setattr(model._encoder, "encode", lambda _: vectors)
    with pytest.raises(DataError, match=r"the encoder gives no numbers for 'The group was banned"):
        model.score(BANNED)


def test_a_bundle_scores_as_its_folder_does(encoded: Path, tmp_path: Path) -> None:
    model = StanceModel.load(encoded)
    (encoded / "model_card.md").write_text("# A model\n", "utf-8")
    bundle_model(model, tmp_path / "model.zip")
    first = (tmp_path / "model.zip").read_bytes()
    expected = model.score([TALKS, BANNED])
    bundle_model(StanceModel.load(tmp_path / "model.zip"), tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == first
    shutil.rmtree(encoded)
    bundled = StanceModel.load(tmp_path / "model.zip")
    pd.testing.assert_frame_equal(bundled.score([TALKS, BANNED]), expected)
    assert bundled.explain(TALKS)[0].similar
    with zipfile.ZipFile(tmp_path / "model.zip") as archive:
        assert {"LICENSE", "NOTICE.txt", "Apache-2.0.txt", "model_card.md"} <= set(
            archive.namelist()
        )


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(contents: dict[str, bytes], path: Path, method: int = zipfile.ZIP_STORED) -> None:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1_000])


def one_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def one_byte_and_its_checksum(path: Path) -> None:
    contents = members(path)
    contents["stance.npz"] = contents["stance.npz"][:-1] + b"x"
    zipped(contents, path)


def a_file_too_many(path: Path) -> None:
    zipped({**members(path), "extra.py": b"print()"}, path)


def a_file_too_few(path: Path) -> None:
    contents = members(path)
    del contents["stance.npz"]
    zipped(contents, path)


def a_path_outside(path: Path) -> None:
    zipped({**members(path), "../../outside.txt": b"x"}, path)


def an_absolute_path(path: Path) -> None:
    zipped({**members(path), "/outside.txt": b"x"}, path)


def a_bomb(path: Path) -> None:
    zipped({**members(path), "bomb": bytes(200_000_000)}, path, zipfile.ZIP_DEFLATED)


def a_newer_version(path: Path) -> None:
    contents = members(path)
    manifest = json.loads(contents["bundle.json"])
    contents["bundle.json"] = json.dumps({**manifest, "format": 9}).encode()
    zipped(contents, path)


def a_newer_model(path: Path) -> None:
    contents = members(path)
    del contents["bundle.json"]
    described = json.loads(contents["stance.json"])
    described["format"] = 9
    contents["stance.json"] = json.dumps(rewritten(described)).encode()
    path.write_bytes(write_bundle(contents))


def no_list_of_files(path: Path) -> None:
    contents = members(path)
    del contents["bundle.json"]
    zipped(contents, path)


def a_list_that_is_none(path: Path) -> None:
    zipped({**members(path), "bundle.json": b'{"format": 1, "files": 3}'}, path)


def no_archive(path: Path) -> None:
    path.write_bytes(b"a model, honestly")


BUNDLES: dict[Callable[[Path], None], str] = {
    cut_off: "cut off or damaged",
    one_byte: "cut off or damaged",
    one_byte_and_its_checksum: "'stance.npz' was changed or damaged",
    a_file_too_many: "'extra.py' is none of a bundle's",
    a_file_too_few: "'stance.npz' is missing",
    a_path_outside: "leads out of the bundle",
    an_absolute_path: "leads out of the bundle",
    a_bomb: "is compressed",
    a_newer_version: "of format 9, and this version of the package reads format 1; update",
    a_newer_model: "of format 9, and this version of the package reads format 2; update",
    no_list_of_files: "no list of files",
    a_list_that_is_none: "no list of files",
    no_archive: "no bundle",
}


@pytest.mark.parametrize("tamper", BUNDLES, ids=lambda tamper: tamper.__name__)
def test_a_bundle_that_was_tampered_with_is_refused_in_a_sentence(
    bundle: Path,
    tamper: Callable[[Path], None],
    inside: Inside,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tamper(bundle)
    monkeypatch.chdir(bundle.parent)
    done = inside.stance("score", "--model", bundle.name, TALKS, code=1)
    assert done.out == ""
    assert done.err.startswith(f"stance score: {bundle.name}")
    assert re.search(re.escape(BUNDLES[tamper]), done.err), done.err
    assert done.err.count("\n") == 1
    assert not (bundle.parent.parent / "outside.txt").exists()


def test_a_used_model_says_what_it_is_and_can_be_copied_and_pickled(encoded: Path) -> None:
    model = StanceModel.load(encoded)
    expected = model.score([TALKS, BANNED])
    assert repr(model) == (
        "<StanceModel of contact-only, dialogue, hostile, none; encoder finetuned; "
        f"from {encoded / 'stance.json'}>"
    )
    for other in (
        pickle.loads(pickle.dumps(model)),  # noqa: S301 - our own
        copy.copy(model),
        copy.deepcopy(model),
    ):
        pd.testing.assert_frame_equal(other.score([TALKS, BANNED]), expected)
        assert other.explain(TALKS)[0] == model.explain(TALKS)[0]


def test_threads_share_a_model(encoded: Path) -> None:
    model = StanceModel.load(encoded)
    texts = [f"{TALKS[:-1]} number {n}." for n in range(400)]
    expected = StanceModel.load(encoded).score(texts)
    with ThreadPoolExecutor(16) as pool:
        for found in pool.map(lambda _: model.score(texts), range(32)):
            pd.testing.assert_frame_equal(found, expected)


def test_a_long_input_reports_its_progress(models: Path) -> None:
    seen: list[tuple[int, int]] = []
    texts = [f"{TALKS[:-1]} {n}." for n in range(2_500)]
    StanceModel.load(models).score(texts, progress=lambda done, whole: seen.append((done, whole)))
    assert seen == [(1_000, 2_500), (2_000, 2_500), (2_500, 2_500)]
