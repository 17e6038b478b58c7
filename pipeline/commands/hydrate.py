"""Write the real sentences that may be trained on, from clones of where they come from."""

import sys
from pathlib import Path

from pipeline.corpus.hydration import NO_CLONE, NO_COMMIT, hydrate
from pipeline.corpus.tables import PLACES_CSV, TRAIN, read_places, read_sources
from stance.errors import DataError
from stance.files import to_csv, write_text

STREAM = "-"


def run(clones: Path, output: str) -> None:
    """Write `id` and `text` of all that is found, and say on stderr what is missing, and why."""
    if not clones.is_dir():
        raise DataError(f"{clones}: no such folder; name the one in which the clones lie.")
    sources = read_sources()
    sources = sources[sources["use"] == TRAIN]
    places = read_places()
    places = places[places["source"].isin(sources["source"])]
    hydrated = hydrate(places, sources, clones)
    repositories = sources.set_index("source")
    for (source, reason), count in sorted(hydrated.missing.items()):
        repository, commit = repositories.loc[source, ["repository", "commit"]]
        mend = {
            NO_CLONE: f"; clone {repository}",
            NO_COMMIT: f"; in the clone of {repository}: git fetch origin {commit}",
        }.get(reason, "")
        sys.stderr.write(f"{source}: {count:,} missing: {reason}{mend}.\n")
    sys.stderr.write(f"{len(hydrated.found):,} of {len(places):,} sentences found.\n")
    if hydrated.found.empty:
        raise DataError(f"{clones}: no sentence of {PLACES_CSV} was found in it.")
    content = to_csv(hydrated.found)
    if output == STREAM:
        sys.stdout.write(content)
    else:
        write_text(Path(output), content)
