"""Who is trained on and who is predicted: the folds of each protocol.

Every sentence is predicted by models that were not trained on it, and, as the protocol says, on
nothing of its article or of its target either. A project that cannot answer a protocol's question
(no article, few targets) is told so and gets the other answers; one of single statements gets
`statement`, plain folds of them.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.model_selection import GroupKFold, RepeatedStratifiedKFold

from pipeline.classifier.counted import RowNumbers
from pipeline.project.params import Evaluate
from pipeline.project.tables import LABELLED, STATEMENTS
from pipeline.project.vocabulary import ARTICLE, PUBLISHED, STATEMENT, UNSEEN_ARTICLE, UNSEEN_TARGET
from stance.errors import DataError


@dataclass(frozen=True)
class Fold:
    """Row numbers of the sentences to train on and of those to predict."""

    train: RowNumbers
    test: RowNumbers


Maker = Callable[[], list[Fold]]


def article_folds(sentences: pd.DataFrame, params: Evaluate) -> list[Fold]:
    """Return repeated stratified folds of the published sentences; others are always trained on.

    Raises
    ------
    DataError
        If a label has fewer published sentences than there are folds.
    """
    published = np.flatnonzero(sentences["origin"] == PUBLISHED)
    return _stratified_folds(sentences, published, params, "the published article has")


def statement_folds(sentences: pd.DataFrame, params: Evaluate) -> list[Fold]:
    """Return repeated stratified folds of the statements; articles are always trained on.

    Raises
    ------
    DataError
        If a label has fewer statements than there are folds.
    """
    statements = np.flatnonzero(sentences["document"] == STATEMENTS)
    return _stratified_folds(sentences, statements, params, "the statements have")


def _stratified_folds(
    sentences: pd.DataFrame, rows: RowNumbers, params: Evaluate, which: str
) -> list[Fold]:
    stances = sentences["stance"].iloc[rows]
    counts = stances.value_counts()
    if counts.empty:
        raise DataError(f"{LABELLED}: {which} no labelled sentence; annotate some.")
    if counts.min() < params.folds:
        noun = "sentence" if counts.min() == 1 else "sentences"
        raise DataError(
            f"{LABELLED}: {which} {counts.min()} {noun} labelled {counts.index[-1]!r}, fewer "
            f"than evaluate.folds = {params.folds}; annotate more or lower it in params.yaml."
        )
    others = np.setdiff1d(np.arange(len(sentences)), rows)
    splitter = RepeatedStratifiedKFold(
        n_splits=params.folds, n_repeats=params.repeats, random_state=params.seed
    )
    return [
        Fold(np.concatenate([rows[train], others]), rows[test])
        for train, test in splitter.split(rows, stances)
    ]


def unseen_article_folds(sentences: pd.DataFrame) -> list[Fold]:
    """Return a fold per article: all its sentences to predict, none of them to train on.

    Raises
    ------
    DataError
        If no article has a labelled sentence.
    """
    if (sentences["document"] == STATEMENTS).all():
        raise DataError(f"{LABELLED}: no article has a labelled sentence; add one and annotate it.")
    return [
        Fold(np.flatnonzero(~of_article), np.flatnonzero(of_article))
        for document in sentences["document"].unique()
        if document != STATEMENTS
        for of_article in [(sentences["document"] == document).to_numpy()]
    ]


def target_names(target: str) -> list[str]:
    """Return the single targets of a cell such as ``MNLF and MILF``."""
    return [name for name in re.split(r"\s+and\s+|\s*[,;/]\s*", target) if name]


def target_groups(statements: pd.DataFrame) -> pd.Series:
    """Return each statement's target, or its id where it has none: a group of its own."""
    return statements["target"].where(statements["target"] != "", statements["id"])


def unseen_target_folds(sentences: pd.DataFrame, folds: int) -> list[Fold]:
    """Return folds of the statements by target.

    Nothing is trained on that is about a target of the fold: neither statements nor articles that
    are annotated with it, nor any sentence that mentions its name.

    Raises
    ------
    DataError
        If there are fewer targets than folds.
    """
    statements = np.flatnonzero(sentences["document"] == STATEMENTS)
    if not len(statements):
        raise DataError(f"{LABELLED}: no single statement is labelled; add some and annotate them.")
    groups = target_groups(sentences.iloc[statements])
    named = sentences["target"].iloc[statements].replace("", np.nan).nunique()
    if named < folds:
        raise DataError(
            f"{LABELLED}: the statements have {named} targets, fewer than "
            f"evaluate.target_folds = {folds}; add statements or lower it in params.yaml."
        )
    targets = sentences["target"].map(target_names)
    result = []
    for _, test in GroupKFold(folds).split(statements, groups=groups):
        held_out = statements[test]
        names = {name for cell in targets.iloc[held_out] for name in cell}
        about = targets.map(names.isdisjoint).eq(False)
        if names:
            mention = "|".join(re.escape(name) for name in sorted(names))
            about |= sentences["text"].str.contains(rf"\b(?:{mention})\b", case=False, regex=True)
        about.iloc[held_out] = True
        result.append(Fold(np.flatnonzero(~about), held_out))
    return result


_NAMES = {
    ARTICLE: "the published article",
    UNSEEN_ARTICLE: "the articles",
    UNSEEN_TARGET: "the statements about targets",
    STATEMENT: "the statements",
}


def too_few(
    sentences: pd.DataFrame, groups: pd.Series, labels: Sequence[str], params: Evaluate
) -> str | None:
    """Return what some predicted sentences have too few of for a figure to mean anything, if any.

    Parameters
    ----------
    sentences
        n sentences with their `stance`.
    groups
        What is resampled as a whole, for each.
    labels
        All labels.
    params
        How many sentences, groups and sentences of a label there must be.
    """
    if len(sentences) < params.min_sentences:
        least = f"evaluate.min_sentences = {params.min_sentences}"
        return f"{len(sentences)} sentences, fewer than {least}"
    if groups.nunique() < params.min_groups:
        return f"{groups.nunique()} groups, fewer than evaluate.min_groups = {params.min_groups}"
    counts = sentences["stance"].value_counts()
    for label in labels:
        if counts.get(label, 0) < params.min_labels:
            return (
                f"{counts.get(label, 0)} sentences labelled {label!r}, fewer than "
                f"evaluate.min_labels = {params.min_labels}"
            )
    return None


def protocol_folds(
    sentences: pd.DataFrame, params: Evaluate, labels: Sequence[str]
) -> tuple[dict[str, list[Fold]], dict[str, str]]:
    """Return the folds of the protocols that the sentences allow, and why others are left out.

    `statement` stands in where there is no article, too few of them, or too few targets. Where no
    protocol has enough, the one with most sentences is kept, and still named among the others:
    its figures are all that there is.

    Raises
    ------
    DataError
        If no protocol is left.
    """
    makers: dict[str, Maker] = {
        ARTICLE: lambda: article_folds(sentences, params),
        UNSEEN_ARTICLE: lambda: unseen_article_folds(sentences),
        UNSEEN_TARGET: lambda: unseen_target_folds(sentences, params.target_folds),
        STATEMENT: lambda: statement_folds(sentences, params),
    }
    stances = sentences["stance"].to_numpy()
    protocols: dict[str, list[Fold]] = {}
    left_out: dict[str, str] = {}
    thin: dict[str, list[Fold]] = {}
    for protocol, make in makers.items():
        if protocol == STATEMENT and not left_out.keys() & {UNSEEN_ARTICLE, UNSEEN_TARGET}:
            continue
        try:
            folds = make()
            if any(len(set(stances[fold.train])) < 2 for fold in folds):
                raise DataError(
                    f"{LABELLED}: without what is held out fewer than two labels are left to "
                    "train on; annotate more."
                )
            held_out = sentences.iloc[np.unique(np.concatenate([fold.test for fold in folds]))]
            lack = too_few(held_out, resampled_groups(held_out, protocol), labels, params)
            if lack is None:
                protocols[protocol] = folds
            else:
                thin[protocol] = folds
                left_out[protocol] = f"{LABELLED}: {_NAMES[protocol]} have {lack}; annotate more."
        except DataError as error:
            left_out[protocol] = str(error)
    if not protocols and not thin:
        raise DataError(_nothing(sentences, left_out))
    if not protocols:
        largest = max(thin, key=lambda name: len({*np.concatenate([f.test for f in thin[name]])}))
        protocols[largest] = thin[largest]
        left_out[largest] += " It is measured all the same, since nothing else is left."
    return protocols, left_out


def _nothing(sentences: pd.DataFrame, left_out: Mapping[str, str]) -> str:
    """Return why there is no protocol: by what lacks in the material that there is.

    That there is no article is no reason where there are statements; neither is how few targets
    they have, since plain folds of them would do.
    """
    there = {
        ARTICLE: (sentences["origin"] == PUBLISHED).any(),
        UNSEEN_ARTICLE: (sentences["document"] != STATEMENTS).any(),
        STATEMENT: (sentences["document"] == STATEMENTS).any(),
    }
    if sentences.empty:
        return f"{LABELLED}: nothing can be evaluated: no sentence is labelled; annotate some."
    reasons = [
        left_out[protocol].removeprefix(f"{LABELLED}: ").removesuffix(".")
        for protocol, is_there in there.items()
        if is_there
    ]
    return f"{LABELLED}: nothing can be evaluated: {'; and '.join(reasons)}."


def resampled_groups(sentences: pd.DataFrame, protocol: str) -> pd.Series:
    """Return what the bootstrap draws as a whole: sentences, articles or targets."""
    if protocol in (ARTICLE, STATEMENT):
        return sentences["id"]
    return sentences["document"] if protocol == UNSEEN_ARTICLE else target_groups(sentences)
