"""An article is added whole or not at all, cleaned, and shown as it was cut."""

from stance.text.article import clean, slug


def test_lines_that_are_paragraphs_stay_lines() -> None:
    lines = "They met.\nThey met once more and again.\nThen they left the room.\n\nIt rained.\n"
    assert clean(lines, "x") == (lines.replace("\n\n", "\n"), [])
    long = f"{'They met again. ' * 10}\nand nobody spoke\n"
    assert clean(long, "x")[0].count("\n") == 2


def test_a_title_becomes_a_name() -> None:
    assert slug("Où est l’envoyé?") == "ou-est-lenvoye"
    assert slug("Переговоры") == ""
    assert len(slug("word " * 40)) <= 60
