"""What is passed on works where it arrives: a wheel and a bundle alone, a service, a container."""

import json
import re
import subprocess
import sys
import urllib.request
import venv
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path

import pytest

from stance import StanceModel
from stance.model.bundle import bundle_model
from tests.projects import ENVIRONMENT, ROOT, run

TALKS = "They met in Doha for talks on peace."
# Where Python's packages would come from otherwise.
MOST_DISTRIBUTIONS = 26


@pytest.fixture(scope="module")
def bundle(built_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("bundle") / "model.zip"
    bundle_model(StanceModel.load(built_once), place)
    return place


def locked(text: str) -> list[str]:
    """Return the names that a lock file asks for on this machine."""
    from packaging.markers import Marker

    lines = re.findall(r"^([\w.-]+)==[^\s;]+(?: ; (.*?))? \\$", text, re.MULTILINE)
    return [name for name, marker in lines if not marker or Marker(marker).evaluate()]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the Python of an environment that has what the core is locked to, and the wheel."""
    folder = tmp_path_factory.mktemp("empty")
    run("python", "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), folder=ROOT)
    venv.create(folder / "env", with_pip=False)
    (packages,) = (folder / "env/lib").glob("python*/site-packages")
    names = locked((ROOT / "requirements-score.txt").read_text("utf-8"))
    assert len(names) + 1 <= MOST_DISTRIBUTIONS
    for name in names:
        files = metadata.files(name) or []
        tops = {file.parts[0] for file in files if file.parts[0] not in ("..", "__pycache__")}
        for top in tops:
            link = packages / top
            if not link.exists():
                link.symlink_to(Path(str(metadata.distribution(name).locate_file(top))))
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    return folder / "env/bin/python"


def test_a_wheel_and_a_bundle_score_in_an_empty_environment(
    empty: Path, bundle: Path, tmp_path: Path
) -> None:
    (tmp_path / "pipeline.py").write_text("raise SystemExit('the user had this here')\n", "utf-8")
    (tmp_path / "in.csv").write_text(f"id,text\n7,{TALKS}\n", "utf-8")
    variables = {"STANCE_MODEL": str(bundle)}

    def call(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        return run(str(empty), *arguments, folder=tmp_path, code=code, variables=variables)

    code = f"import stance; print(stance.StanceModel.load().score({TALKS!r})['stance'][0])"
    expected = StanceModel.load(bundle).score(TALKS)["stance"][0]
    assert call("-c", code).stdout == f"{expected}\n"
    scored = call("-m", "stance", "score", "--input", "in.csv").stdout
    assert scored.splitlines()[1].startswith(f"7,{TALKS},{expected},")
    assert "score statements with the saved model" in call("-m", "stance", "--help").stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-m", "stance", "init", "new", "--labels", "a,b"], "which the extra 'pipeline' brings"),
        (["-m", "stance", "agreement"], "which the extra 'pipeline' brings"),
        (
            ["-m", "stance", "score", "--input", "in.csv", "--by", "id"],
            "which the extra 'shares' brings",
        ),
        (["-c", "from stance import StanceClassifier"], "which the extra 'pipeline' brings"),
    ],
)
def test_what_needs_more_names_the_extra(
    empty: Path, bundle: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    (tmp_path / "in.csv").write_text(f"id,text\n7,{TALKS}\n", "utf-8")
    variables = {"STANCE_MODEL": str(bundle)}
    done = run(str(empty), *arguments, folder=tmp_path, code=1, variables=variables)
    assert message in done.stderr
    if arguments[0] == "-m":
        assert done.stderr.count("\n") == 1


@pytest.fixture(scope="module")
def service(bundle: Path) -> Iterator[str]:
    """Start the service of `examples` and give its address; it ends in order."""
    command = [sys.executable, str(ROOT / "examples/service.py"), "--model", str(bundle)]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout
    yield process.stdout.readline().strip()
    process.terminate()
    assert process.wait(timeout=60) == 0
    process.stdout.close()


def ask(address: str, body: bytes) -> tuple[int, dict[str, object]]:
    request = urllib.request.Request(f"{address}/score", body)  # noqa: S310 - our own
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_the_service_answers_sixteen_clients_at_once(service: str, bundle: Path) -> None:
    bodies = [json.dumps({"texts": [TALKS, f"Client {n} was banned."]}) for n in range(64)]
    with ThreadPoolExecutor(16) as clients:
        answers = list(clients.map(lambda body: ask(service, body.encode()), bodies))
    assert {status for status, _ in answers} == {200}
    expected = StanceModel.load(bundle).score(TALKS).iloc[0].drop("text").to_dict()
    assert all(answer["scores"][0] == expected for _, answer in answers)  # type: ignore[index]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"texts": 3}', b'{"texts": [1]}', b"\xff"])
def test_the_service_says_what_is_wrong_with_a_request(service: str, body: bytes) -> None:
    status, answer = ask(service, body)
    assert status in (400, 413)
    assert isinstance(answer["error"], str)


def test_the_container_file_is_clean() -> None:
    run("hadolint", "examples/Containerfile", folder=ROOT)
