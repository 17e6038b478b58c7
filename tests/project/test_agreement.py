"""What `stance agreement` says of changed codebooks, and where nobody has been annotated twice."""

import json
from pathlib import Path

import pandas as pd

from pipeline.project.frames import read_csv
from pipeline.project.tables import codebook_hash
from tests.projects import run, stage
from tests.together import importing, make_project


def test_changed_codebooks_are_said(project: Path) -> None:
    path = project / "data/annotations/gulf-rsf.csv"
    table = read_csv(path)
    now = codebook_hash(project / "data/codebook.md")
    of_author = table["annotator"] == "author-2"
    table["codebook"] = of_author.map({True: "0123456789ab", False: now})
    table.loc[table["annotator"] == "referee", "codebook"] = ""
    table.to_csv(path, index=False)
    done = run("stance", "agreement", "gulf-rsf", folder=project).stdout
    said = " ".join(done.split())
    count = int(of_author.sum())
    assert (
        f"The codebook has changed: {count} votes were given under another one than "
        f"data/codebook.md as it is now (0123456789ab: author-2 {count}). {count} sentences have "
        "votes of several codebooks."
    ) in said
    stage("label", project)
    found = json.loads((project / "reports/agreement.json").read_text("utf-8"))["codebooks"]
    assert found["others"] == {"0123456789ab": {"author-2": count}}
    assert found["now"] == now
    stage("report", project)
    report = (project / "reports/report.html").read_text("utf-8")
    assert "The codebook has changed: votes given under another one" in report
    # Lines that are broken elsewhere are no other codebook; another word is.
    text = (project / "data/codebook.md").read_text("utf-8")
    (project / "data/codebook.md").write_text(text.replace("\n", "\n\n"), "utf-8")
    assert codebook_hash(project / "data/codebook.md") == now
    (project / "data/codebook.md").write_text(f"{text}More.\n", "utf-8")
    assert codebook_hash(project / "data/codebook.md") != now


def test_nobody_has_been_annotated_twice(tmp_path: Path) -> None:
    folder = make_project(tmp_path / "project")
    run(*importing(folder, "bob"), folder=folder)
    alone = run("stance", "agreement", folder=folder).stdout
    assert alone.startswith("No sentence has been annotated twice, so there is no agreement")
    assert "stance annotate --second NAME" in alone
    # A referee has seen the other votes.
    path = folder / "data/annotations/doha.csv"
    votes = read_csv(path)
    both = pd.concat([votes, votes.head(1).assign(annotator="referee")])
    both.to_csv(path, index=False)
    with (folder / "data/annotators.csv").open("a", encoding="utf-8") as file:
        file.write("referee,person,\n")
    refereed = run("stance", "agreement", folder=folder).stdout
    assert refereed.startswith("No sentence has been annotated twice by independent annotators")
    path.write_text(both.replace("referee", "ada").to_csv(index=False), "utf-8")
    same = run("stance", "agreement", folder=folder).stdout
    assert "All 2 votes on sentences that have been annotated twice are hostile" in same
    found = json.loads(run("stance", "agreement", "--format", "json", folder=folder).stdout)
    assert found["alpha"][0]["alpha"] is None
    assert found["reason"] in same
