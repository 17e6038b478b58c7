"""Paragraphs are told apart by form, and sentences are cut where annotators cut them."""

import pandas as pd

from pipeline.project.tables import read_annotations, read_articles, read_paragraphs
from pipeline.project.vocabulary import PUBLISHED
from stance.files import fold
from stance.text.segmentation import (
    AUTHOR,
    BODY,
    FURNITURE,
    HEADING,
    classify_paragraphs,
    recut,
    segment_article,
)
from stance.text.sentences import split_sentences
from tests.projects import ROOT


def test_at_least_991_in_a_thousand_of_the_annotated_sentences_are_found_exactly():
    annotated = (
        read_annotations(ROOT / "data/annotations").groupby("document")["key"].unique().to_dict()
    )
    articles = read_articles(ROOT / "data/articles", ROOT / "data/articles.csv")
    found = total = 0
    for article in articles.itertuples():
        paragraphs = read_paragraphs(str(article.document), ROOT / "data/articles")
        # Nothing annotated is passed, so that the annotators' cuts cannot help.
        _, sentences = segment_article(paragraphs, 12, str(article.author), [])
        keys = annotated[str(article.document)]
        found += sum(pd.Index(keys).isin(sentences["text"]))
        total += len(keys)
    assert total == 1384
    assert found / total >= 0.991


def test_the_published_article_has_its_furniture_recognised():
    articles = read_articles(ROOT / "data/articles", ROOT / "data/articles.csv")
    (document,) = articles["document"][articles["origin"] == PUBLISHED]
    texts = read_paragraphs(document, ROOT / "data/articles")["text"].tolist()
    kinds = dict(zip(texts, classify_paragraphs(texts, 12), strict=True))
    assert {text for text, kind in kinds.items() if kind == AUTHOR} == {
        "Petr Topychkanov",
        "Topychkanov was a fellow in the Carnegie Moscow Center’s Nonproliferation Program.",
    }
    assert {text for text, kind in kinds.items() if kind == FURNITURE} == {
        "More >",
        "This article was originally published in the Russia & India Report",
    }
    assert {text for text, kind in kinds.items() if kind == HEADING} == {
        "Communication channel with the Taliban",
        "‘Friendship’ with the Taliban",
        "Common Interests with Taliban",
        "Russia’s Taliban policy",
    }


def test_the_rules_fit_another_article():
    texts = {
        "The long road to Doha": HEADING,
        "By Ada Lovelace": AUTHOR,
        "Ada Lovelace is a fellow at an institute and writes about machines.": AUTHOR,
        "The envoy arrived late. He said little.": BODY,
        "Read more: What the envoy wants": FURNITURE,
        "Advertisement": FURNITURE,
        "“We will talk,” he said.": BODY,
        "A question of trust": HEADING,
        "Is there a way back?": BODY,
        "Share this article": FURNITURE,
        "* * *": FURNITURE,
        "Photo: a checkpoint at dawn": FURNITURE,
        "The ministry has neither confirmed nor denied that they met once more in spring": BODY,
        "Follow us on the usual networks": FURNITURE,
        "© 2024 The Gazette": FURNITURE,
    }
    assert dict(zip(texts, classify_paragraphs(list(texts), 12), strict=True)) == texts


def test_a_known_author_alone_on_a_line_is_an_author_box():
    texts = ["Grace Hopper", "The ministry refused. It gave no reasons."]
    assert classify_paragraphs(texts, 12) == [HEADING, BODY]
    assert classify_paragraphs(texts, 12, author="Grace Hopper") == [AUTHOR, BODY]


def test_sentences_are_slices_of_the_text():
    text = (
        "On Feb. 14, 2003, the U.S. court wasn't asked; it ruled all the same. “No more than "
        "that,” Gen. Smith said. Talks (if any) won’t help. The envoy spoke; Libya left."
    )
    sentences = split_sentences(text)
    assert sentences == [
        "On Feb. 14, 2003, the U.S. court wasn't asked; it ruled all the same.",
        "“No more than that,” Gen. Smith said.",
        "Talks (if any) won’t help.",
        "The envoy spoke; Libya left.",
    ]
    assert " ".join(sentences) == text


def test_an_annotators_cut_goes_before_the_programs():
    sentences = ["They met. Nobody", "spoke. Then they left."]
    assert recut(sentences, ["They met.", "Nobody spoke."]) == [
        "They met.",
        "Nobody spoke.",
        "Then they left.",
    ]
    assert recut(["He left.", "She stayed."], ["He left. She stayed."]) == ["He left. She stayed."]
    assert recut(["Another met."], ["other met."]) == ["Another met."]


def test_white_space_is_folded_over_no_break_spaces():
    assert fold(" The Afghan group\u00a0 was\u202fblacklisted\t. ") == (
        "The Afghan group was blacklisted ."
    )
