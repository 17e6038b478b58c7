"""The counted part of the datasheet of real prose, so that it cannot lag behind the tables.

``python -m pipeline.corpus.datasheet`` writes it again; a test holds the datasheet against it.
"""

import re
from pathlib import Path

import pandas as pd

from pipeline.corpus.tables import (
    DATASHEET,
    LIKELY,
    read_places,
    read_real_votes,
    read_sources,
)
from pipeline.project.vocabulary import EVEN
from stance.errors import DataError, exit_with
from stance.files import read_text, write_text
from stance.statistics.agreement import krippendorff_alpha

STANCES = ["contact-only", "dialogue", "hostile", "none"]

_PART = re.compile(r"(<!-- (?P<name>\w+) -->\n).*?(<!-- /(?P=name) -->)", re.DOTALL)


def source_table(sources: pd.DataFrame) -> str:
    """Return what each source is, where it is, and what is known of its rights."""
    rows = ["| source | use | what | repository, commit | rights as found |", "|" + " --- |" * 5]
    for row in sources.to_dict("records"):
        where = f"{row['repository']} `{row['commit'][:12]}`"
        cells = [row["source"], row["use"], row["what"], where, row["rights"]]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def agreement_table(sources: pd.DataFrame, places: pd.DataFrame, votes: pd.DataFrame) -> str:
    """Return per source how many sentences are coded, and how far the annotators agree.

    Agreement is that of the evenly drawn sentences; the others were drawn by words that make
    some labels likely. The labels are counted in all on which everybody agrees.
    """
    about = places[["id", "source", "drawn"]].merge(sources[["source", "use"]], on="source")
    votes = votes.merge(about, on="id")
    head = ["source", "use", "documents", EVEN, LIKELY, "agreement", "alpha", *STANCES]
    rows = [f"| {' | '.join(head)} |", "|" + " --- |" * len(head)]
    for use in sources["use"].unique():
        of_use = sources.loc[sources["use"] == use, "source"].tolist()
        for name, members in [*((source, [source]) for source in of_use), ("all", of_use)]:
            some = votes[votes["source"].isin(members)]
            of_some = places[places["source"].isin(members)]
            agreed = some.groupby("id")["stance"].nunique().eq(1)
            label = some.drop_duplicates("id").set_index("id").loc[agreed[agreed].index, "stance"]
            even = some[some["drawn"] == EVEN]
            cells = [
                name,
                use,
                f"{len(of_some.drop_duplicates(['source', 'file', 'document'])):,}",
                *(f"{(of_some['drawn'] == drawn).sum():,}" for drawn in (EVEN, LIKELY)),
                f"{agreed[even['id'].unique()].mean():.3f}",
                f"{krippendorff_alpha(even):.3f}",
                *(f"{(label == stance).sum():,}" for stance in STANCES),
            ]
            rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def counted(text: str) -> str:
    """Return a datasheet with its counted parts written again from the tables.

    Raises
    ------
    DataError
        If the datasheet has a part that nothing counts, or a table is damaged.
    """
    sources = read_sources()
    parts = {
        "sources": source_table(sources),
        "agreement": agreement_table(sources, read_places(), read_real_votes()),
    }

    def part(match: re.Match[str]) -> str:
        if match["name"] not in parts:
            raise DataError(f"{DATASHEET}: nothing writes the part {match['name']!r}.")
        return f"{match[1]}{parts[match['name']]}\n{match[3]}"

    return _PART.sub(part, text)


def write_datasheet(path: Path = DATASHEET) -> None:
    """Write the counted parts of the datasheet again."""
    write_text(path, counted(read_text(path)))


if __name__ == "__main__":
    exit_with("datasheet", write_datasheet)
