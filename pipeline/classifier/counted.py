"""The TF-IDF of many training sets out of one list of sentences, which is cut only once.

Cutting sentences into n-grams takes longer than weighing them, and cross-validation would cut the
same sentences for every fold. Which n-grams are kept, and how much they weigh, still comes from
the training rows alone: the matrices are those of `build_features`, up to rounding.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

from pipeline.classifier.estimator import ngram_settings
from pipeline.project.params import Train
from stance.errors import DataError

RowNumbers = NDArray[np.intp]


class CountedSentences:
    """Sentences whose n-grams are counted, to be weighed for one training set after the other.

    Parameters
    ----------
    texts
        n sentences.
    params
        Which n-grams are cut, and in how many training sentences one must occur.

    Raises
    ------
    DataError
        If there is no n-gram at all.
    """

    def __init__(self, texts: Sequence[str], params: Train) -> None:
        try:
            self._counts = [
                CountVectorizer(**settings).fit_transform(texts)
                for settings in ngram_settings(params).values()
            ]
        except ValueError:
            # The vectorizers have no class of their own for a vocabulary that came out empty.
            raise too_few_ngrams(params.min_df, len(texts)) from None
        self._min_df = params.min_df

    def weigh(self, train: RowNumbers, test: RowNumbers) -> tuple[csr_matrix, csr_matrix]:
        """Return the TF-IDF of training rows, and of others as those see them.

        Parameters
        ----------
        train, test
            Row numbers.

        Returns
        -------
        float64 of shape (training rows, features) and of shape (other rows, features).

        Raises
        ------
        DataError
            If no n-gram of a block occurs in enough of the training sentences.
        """
        blocks = [self._weigh_block(counts, train, test) for counts in self._counts]
        of_train, of_test = (_beside(matrices) for matrices in zip(*blocks, strict=True))
        return of_train, of_test

    def _weigh_block(
        self, counts: csr_matrix, train: RowNumbers, test: RowNumbers
    ) -> tuple[csr_matrix, csr_matrix]:
        of_train = counts[train]
        found_in = np.bincount(of_train.indices, minlength=counts.shape[1])
        kept = np.flatnonzero(found_in >= self._min_df)
        if not len(kept):
            raise too_few_ngrams(self._min_df, len(train))
        weights = TfidfTransformer(sublinear_tf=True)
        return weights.fit_transform(of_train[:, kept]), weights.transform(counts[test][:, kept])


def too_few_ngrams(min_df: int, texts: int) -> DataError:
    """Return what is wrong where so many training texts have no n-gram in common."""
    return DataError(
        f"no word or run of characters occurs in train.min_df = {min_df} of the {texts} texts "
        "trained on; add texts or lower it in params.yaml."
    )


def _beside(matrices: Iterable[csr_matrix]) -> csr_matrix:
    return csr_matrix(hstack(list(matrices), format="csr"))
