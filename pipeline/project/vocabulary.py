"""One vocabulary: origins, protocols, systems, statuses, as files name them and people read them.

Whoever writes or reads `reports/` takes the names from here, so that one name means one thing.
"""

# Origins: where an article comes from.
PUBLISHED = "published"
COMPOSED = "composed"
ORIGINS = [PUBLISHED, COMPOSED]

# Protocols: what a sentence's model had not seen.
UNSEEN_SOURCE = "unseen_source"
ARTICLE = "article"
UNSEEN_ARTICLE = "unseen_article"
UNSEEN_TARGET = "unseen_target"
STATEMENT = "statement"
PROTOCOLS = {
    UNSEEN_SOURCE: "Real prose of sources never seen",
    ARTICLE: "The published article, out of fold",
    UNSEEN_ARTICLE: "An article never seen",
    UNSEEN_TARGET: "A target never seen",
    STATEMENT: "Single statements, out of fold",
}
# Whose predictions a sentence is judged by: the first of them that predicts it.
STRICTEST = [UNSEEN_SOURCE, UNSEEN_ARTICLE, UNSEEN_TARGET, STATEMENT, ARTICLE]
LEFT_OUT = "left_out"
# How a sentence of real prose was drawn: evenly, so that shares mean something, or else.
EVEN = "even"

# Systems: the classifier, and what it has to beat.
DEFAULT = "pipeline"
ANNOTATORS = "annotators"
TFIDF_ONLY = "tfidf"
TFIDF_CORPUS = "tfidf_corpus"
NEIGHBOURS = "neighbours"
MOST_FREQUENT = "most_frequent"
SYSTEMS = {
    ANNOTATORS: "annotators (language models)",
    DEFAULT: "this classifier",
    TFIDF_ONLY: "TF-IDF alone",
    TFIDF_CORPUS: "TF-IDF that has also read the encoder’s corpus",
    NEIGHBOURS: "nearest neighbours in the encoder’s corpus, without any label of the project",
    MOST_FREQUENT: "most frequent label",
}

# Statuses: how the votes on a sentence became its label, or did not.
AGREED = "agreed"
MAJORITY = "majority"
REFEREED = "refereed"
DAWID_SKENE = "dawid-skene"
UNRESOLVED = "unresolved"
UNANNOTATED = "unannotated"
STATUSES = {
    AGREED: "agreed by all",
    MAJORITY: "decided by a majority",
    REFEREED: "decided by a referee",
    DAWID_SKENE: "decided by the model of Dawid and Skene",
    UNRESOLVED: "unresolved",
    UNANNOTATED: "not annotated",
}
