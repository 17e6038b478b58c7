"""What somebody has in hand is nobody else's, until they have left."""

from pipeline.page.annotating.hands import AllHands
from pipeline.page.annotating.sheet import page_keys
from pipeline.page.annotating.work import Vote


def test_what_somebody_left_is_given_up() -> None:
    now = 0.0
    hands = AllHands(lambda: now)
    hands.take("ada", "first")
    hands.take("ada", "second")
    assert hands.others("bob") == {"first", "second"}
    assert hands.others("ada") == set()
    hands.give_up("ada", "first")
    assert hands.others("bob") == {"second"}
    now = 500.0
    hands.of("ada")
    now = 1_000.0
    assert hands.others("bob") == {"second"}
    now = 1_200.0
    assert hands.others("bob") == set()


def test_windows_that_were_left_open_keep_no_queue_from_others() -> None:
    hands = AllHands(lambda: 0.0)
    for number in range(30):
        hands.take("ada", str(number))
    assert hands.others("bob") == {"24", "25", "26", "27", "28", "29"}


def test_steps_are_taken_back_one_by_one() -> None:
    hands = AllHands(lambda: 0.0).of("ada")
    vote = Vote("none", "", "why", "")
    hands.add("annotate", "first", None, vote)
    hands.add("annotate", "second", None, None)
    assert hands.skipped["annotate"] == ["second"]
    skipped, saved = hands.pop(), hands.pop()
    assert skipped
    assert saved
    assert (skipped.key, saved.key) == ("second", "first")
    assert hands.skipped["annotate"] == []
    assert hands.undone == {"first": vote}
    assert hands.pop() is None


def test_no_label_has_a_key_of_the_page() -> None:
    labels = [f"label {number}" for number in range(60)]
    keys = page_keys(labels)
    assert [keys[label] for label in labels[:11]] == [*"1234567890", "a"]
    assert not set(keys.values()) & set("sucqrnh")
    assert len(set(keys.values())) == len(keys)
