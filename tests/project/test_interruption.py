"""A run that is interrupted leaves nothing that looks finished, and goes on where it broke off."""

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pandas as pd
import psutil
import pytest
from distributed import LocalCluster

from stance.model.description import own_hash
from tests.inside import told
from tests.projects import ENVIRONMENT, run, wait_for

ROWS = 3_500
SCORE = ["stance", "score", "--input", "in.csv", "--output"]


def statements(count: int) -> str:
    return "id,text\n" + "".join(
        f'{n},"They met, and talked of {n} things."\n' for n in range(count)
    )


@pytest.fixture(scope="module")
def folder(built_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a model, statements, and what scoring them gives uninterrupted."""
    folder = tmp_path_factory.mktemp("whole")
    shutil.copytree(built_once / "models", folder / "models")
    (folder / "in.csv").write_text(statements(ROWS), "utf-8")
    for target in ("whole.csv", "whole.parquet"):
        run(*SCORE, target, folder=folder)
    return folder


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "copy"))


def begin(folder: Path, target: str, rows: int) -> subprocess.Popen[bytes]:
    """Start a run on a pipe, feed it so many rows, and wait until the whole chunks are written."""
    command = ["stance", "score", "--input", "-", "--output", target]
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=ENVIRONMENT,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # Where the tests run in the background, Ctrl-C is ignored, and so it would be here.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    assert process.stdin
    lines = statements(rows).encode()
    process.stdin.write(lines)
    process.stdin.flush()
    state = folder / f".{target}.partial.json"
    # The program asks for more; the pipe stays open.
    wait_for(lambda: written(state) == rows // 1000 * 1000, process)
    return process


def written(state: Path) -> int:
    return int(json.loads(state.read_text("utf-8"))["rows"]) if state.exists() else 0


@pytest.mark.parametrize("target", ["out.csv", "out.parquet"])
@pytest.mark.parametrize("with_signal", [signal.SIGKILL, signal.SIGINT])
def test_killed_in_the_middle_it_goes_on(
    copy: Path, target: str, with_signal: signal.Signals
) -> None:
    (copy / target).write_text("what was there before", "utf-8")
    process = begin(copy, target, 2_500)
    process.send_signal(with_signal)
    _, said = process.communicate()
    assert process.returncode == (-9 if with_signal == signal.SIGKILL else 130)
    if with_signal == signal.SIGINT:
        assert said.decode() == "stance score: 2,000 rows are kept; --resume goes on after them.\n"
    assert (copy / target).read_text("utf-8") == "what was there before"
    # A half-written chunk is not taken for a whole one.
    with (copy / f".{target}.partial").open("ab") as file:
        file.write(b"half a ro")
    run(*SCORE, target, "--resume", folder=copy)
    assert (copy / target).read_bytes() == (copy / f"whole{Path(target).suffix}").read_bytes()
    assert not list(copy.glob(".*"))


def test_no_space_left_in_the_middle_it_goes_on(copy: Path) -> None:
    size = len((copy / "whole.csv").read_bytes()) // 1024
    command = f"ulimit -f {size // 2}; exec {' '.join(SCORE)} out.csv"
    done = run("bash", "-c", command, folder=copy, code=1)
    kept, said = done.stderr.splitlines()
    assert kept == "stance score: 1,000 rows are kept; --resume goes on after them."
    assert said == "stance score: out.csv: File too large; make room and run again."
    assert not (copy / "out.csv").exists()
    run(*SCORE, "out.csv", "--resume", folder=copy)
    assert (copy / "out.csv").read_bytes() == (copy / "whole.csv").read_bytes()


def test_a_full_device_is_one_sentence(copy: Path) -> None:
    done = run("bash", "-c", f"{' '.join(SCORE)} - > /dev/full", folder=copy, code=1)
    assert done.stderr == "stance score: output: No space left on device.\n"
    done = run(*SCORE, "/dev/full", "--output-format", "csv", folder=copy, code=1)
    assert "No space left on device" in done.stderr


def test_another_input_or_model_is_not_resumed(copy: Path, tmp_path: Path) -> None:
    process = begin(copy, "out.csv", 1_500)
    process.kill()
    process.communicate()
    shutil.copytree(copy / "models", copy / "other")
    about = json.loads((copy / "other/stance.json").read_text("utf-8"))
    about["calibration"]["temperature"] = 3.0
    about["sha256"] = own_hash(about)
    (copy / "other/stance.json").write_text(json.dumps(about), "utf-8")
    (copy / "short.csv").write_text(statements(900), "utf-8")
    (copy / "other.csv").write_text(statements(ROWS).replace("7,", "8,", 1), "utf-8")
    changed = "what the interrupted run has read of it is not the same any more; leave --resume"
    cases: list[tuple[list[str], dict[str, str], str]] = [
        (["--input", "other.csv"], {}, f"other.csv: {changed}"),
        (["--input", "short.csv"], {}, f"short.csv: {changed}"),
        (["--prefix", "ours_"], {}, "out.csv: the run was begun with another option; leave"),
        (["--model", "other"], {}, "the run was begun with another model; leave"),
        ([], {".out.csv.partial": ""}, "rows that were written are missing; leave"),
        ([], {".out.csv.partial.json": "{"}, "not the record of a run; leave"),
    ]
    for number, (options, files, expected) in enumerate(cases):
        folder = shutil.copytree(copy, tmp_path / str(number))
        for name, content in files.items():
            (folder / name).write_text(content, "utf-8")
        done = run(*SCORE, "out.csv", "--resume", *options, folder=folder, code=1)
        assert expected in done.stderr
        assert not (folder / "out.csv").exists()


def test_two_runs_do_not_write_one_file(copy: Path) -> None:
    process = begin(copy, "out.csv", 1_500)
    done = run(*SCORE, "out.csv", folder=copy, code=1)
    assert done.stderr.endswith("out.csv: another run is writing it; wait for its end.\n")
    assert process.stdin
    process.stdin.write(statements(ROWS).split("\n", 1501)[1501].encode())
    _, said = process.communicate()
    assert (process.returncode, told(said.decode())) == (0, "")
    assert (copy / "out.csv").read_bytes() == (copy / "whole.csv").read_bytes()


def test_memory_does_not_grow_with_the_file(copy: Path) -> None:
    """Repeat the rows many times; the peak is that of a few, and so is what is remembered."""
    peaks = []
    for rows in (5_000, 60_000):
        (copy / "in.csv").write_text(statements(rows), "utf-8")
        process = subprocess.Popen([*SCORE, "out.csv"], cwd=copy, env=ENVIRONMENT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
        peaks.append(usage.ru_maxrss)
    assert peaks[1] < 1.2 * peaks[0]


# What follows runs on a real cluster of processes.


@pytest.fixture
def parts(copy: Path) -> Path:
    (copy / "parts").mkdir()
    for number in range(4):
        rows = pd.DataFrame({"n": range(12_000)})
        rows["text"] = [f"They met and talked of {number} and {n} things." for n in rows["n"]]
        rows["speaker"] = (rows["n"] % 3).map("speaker {}".format)
        rows.to_csv(copy / f"parts/part-{number}.csv", index=False)
    return copy


MANY = ["stance", "score", "--input", "parts/part-*.csv", "--by", "speaker", "--output"]


def workers_of(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    children = psutil.Process(process.pid).children(recursive=True)
    return [one for one in children if "spawn_main" in " ".join(one.cmdline())]


def test_a_worker_that_is_killed_is_survived(parts: Path) -> None:
    alone = run(*MANY, "alone", folder=parts)
    process = subprocess.Popen(
        [*MANY, "together", "--workers", "2"],
        cwd=parts,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    partial = parts / ".together.partial"
    # Two parts are begun, so every worker is in the middle of one.
    wait_for(lambda: len(list(partial.glob(".part-*.partial.json"))) == 2, process)
    workers_of(process)[0].kill()
    shown, said = process.communicate()
    assert (process.returncode, told(said.decode())) == (0, "")
    assert shown.decode() == alone.stdout
    for number in range(4):
        name = f"part-{number}.csv"
        assert (parts / "together" / name).read_bytes() == (parts / "alone" / name).read_bytes()
    assert sorted(path.name for path in (parts / "together").iterdir()) == [
        f"part-{number}.csv" for number in range(4)
    ]
    assert not list(parts.glob(".*"))


def test_parts_that_are_finished_are_not_done_again(parts: Path) -> None:
    process = subprocess.Popen(
        [*MANY, "out", "--workers", "2"],
        cwd=parts,
        env=ENVIRONMENT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    records = parts / ".out.partial/.stance"
    wait_for(lambda: list(records.glob("*.json")), process)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not (parts / "out").exists()
    finished = {record.stem for record in records.glob("*.json")}
    before = {name: (parts / ".out.partial" / name).stat().st_ino for name in finished}
    done = run(*MANY, "out", "--resume", folder=parts)
    assert told(done.stderr) == f"stance score: {len(finished)} of 4 parts were finished before.\n"
    assert before == {name: (parts / "out" / name).stat().st_ino for name in finished}
    assert done.stdout == run(*MANY, "anew", folder=parts).stdout


def test_a_scheduler_elsewhere_gives_the_same(copy: Path) -> None:
    for number in range(3):
        (copy / f"few-{number}.txt").write_text(f"They met {number} times.\nNo talks.\n", "utf-8")
    few = ["stance", "score", "--input", "few-*.txt", "--by", "line", "--output"]
    alone = run(*few, "alone", folder=copy)
    with LocalCluster(
        n_workers=1, threads_per_worker=2, host="127.0.0.1", dashboard_address="127.0.0.1:0"
    ) as cluster:
        address = cluster.scheduler_address
        together = run(*few, "together", "--scheduler", address, folder=copy)
    assert (together.stdout, told(together.stderr)) == (alone.stdout, "")
    for number in range(3):
        name = f"few-{number}.csv"
        assert (copy / "together" / name).read_bytes() == (copy / "alone" / name).read_bytes()


def test_outputs_of_one_name_are_refused(copy: Path) -> None:
    for folder in ("a", "b"):
        (copy / folder).mkdir()
        (copy / folder / "x.txt").write_text("They met.\n", "utf-8")
    done = run("stance", "score", "--input", "?/x.txt", "--output", "out", folder=copy, code=1)
    assert re_last(done.stderr).endswith(
        "x.csv; score one folder at a time, or rename one of them."
    )
    assert not list(copy.glob(".out*"))


def test_what_cannot_be_scored_in_parts_is_one_sentence(parts: Path) -> None:
    (parts / "parts/part-2.csv").write_text("n,speaker\n1,2\n", "utf-8")
    done = run(*MANY, "out", "--workers", "1", folder=parts, code=1)
    assert re_last(done.stderr).endswith(
        "part-2.csv, line 1: no column 'text'; the file has 'n', 'speaker'; "
        "name the right one with --text-column."
    )
    (parts / "parts/part-2.csv").unlink()
    done = run(*MANY, "out", "--scheduler", "tcp://127.0.0.1:9", folder=parts, code=1)
    assert "tcp://127.0.0.1:9: no scheduler answers there; start one with" in done.stderr
    (parts / "there").mkdir()
    (parts / "there/file").touch()
    done = run(*MANY, "there", folder=parts, code=1)
    assert re_last(done.stderr).endswith("there: it is there already; name a folder that is not.")
    done = run("stance", "score", "--input", "no-*.csv", "--output", "out", folder=parts, code=1)
    assert done.stderr == "stance score: no-*.csv: no file has such a name.\n"


def re_last(text: str) -> str:
    return text.splitlines()[-1]
