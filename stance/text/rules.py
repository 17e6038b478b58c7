"""What a general splitter of sentences cannot know about articles: rules on top of the library.

Its own model was learnt from legal papers, where "West." and "Hand." are reporters. Here are the
abbreviations of news, parted by what may follow them, the words that begin a sentence, and
datelines. Add an abbreviation to the set that fits, and its case to the tests.
"""

import re


def word_set(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


# Before a name: "Maj. Gen. Omar Farid", "Sens. Ann Lee and Bo Roy", "St. Petersburg".
TITLES = word_set(
    """
    adm ald amb ambs atty avm bp br brig bros capt capts cdr cdre cllr cmdr cmdrs cmdt col cols
    comdr congr cpl cpls cpt dr drs ens fr ft gen gens gov govs gp hon hons insp lcdr lcpl
    lieut lt ltc ltg lts maj majs messrs mgr mlle mme mr mrs ms msgr msgt mt mts pfc pfcs pres
    prof profs pte pvt pvts radm rep reps rev revd revs rt sen sens sgt sgts sra st ste supt
    treas tsgt vadm ven
    """
)
# Inside a sentence whatever follows.
INNER = word_set("approx ca cf e.g eg i.e ie incl ret trans v viz vs")
# Before a number, else at an end; some of them are words: "No. He refused."
NUMBERED = word_set(
    """
    app art arts ch chap chaps chs ed eds fig figs fn no nos nr op p par para paras pars pp pt
    pts reg res sec secs sect sects ser tel vol vols
    """
)
# As often at the end of a sentence as not: it ends there before a word that begins one.
EITHER = word_set(
    """
    adv assn assoc asst ave bldg blvd co corp corps cos dept depts dist div esq est etc ext
    govt hq inc inst intl jr llc llp ltd natl ph.d plc pty rd sr univ
    """
)
# Likewise, and only where they have a capital: "Sun." is a day, "the sun." is none.
DATES = word_set(
    """
    jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed weds thu thur thurs fri
    sat sun ala ariz ark calif colo conn del fla ill ind kan mass md mich minn miss mo mont neb
    nev okla ore pa penn tenn tex va vt wash wis wyo
    """
)
STARTERS = word_set(
    """
    a about after again all already also although among an and another any anybody anyone as
    asked at because before besides both but by can currently despite did do does during each
    either elsewhere even eventually every everybody everyone few finally for from furthermore
    given has have he hence her here hers his how however i if in indeed instead is it its just
    last later like many maybe meanwhile moreover most much my neither never nevertheless next
    no nobody none nonetheless nor not nothing now of on once only or other others our perhaps
    rather she should similarly since so some somebody someone something soon still such than
    that the their then there thereafter therefore these they this those though three through
    thus to today together tomorrow tonight too two unless unlike until upon was we were what
    whatever when whenever where whereas whether which while who whose why will with within
    without yesterday yet you your
    """
)
SAID = (
    "added|admitted|adds|answered|argued|asked|asks|claimed|cried|declared|demanded|explained|"
    "insisted|joked|quipped|recalled|remarked|replied|replies|said|says|shouted|told|warned|"
    "wondered|wrote|writes"
)

OPENING = "\"'“‘„«([*_"
CLOSING = "\"'”’»)\\]*_"
# A word is looked at in a window of this many characters, so that the time stays linear.
WINDOW = 80

_WORD = re.compile(rf"(?:^|[\s{OPENING}\]—–/-])([^\s{OPENING}\]—–/-]+?)(\.|[!?…]+|\.\.+)$")
_ACRONYM = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")
_NEXT = re.compile(rf"([{OPENING}]*)([^\W\d_][\w’'-]*|\d[\d.,]*|\S)(\.?)")
_NUMBER = re.compile(r"\d|[IVXLC]{2,}\b|[B-HJ-Z]\b(?!\.)")
_LOWER_NAME = re.compile(r"(?:al|an|as|ash|at|az|el|ul|ur)-|[a-z][A-Z]|[a-z]-[A-Z]")
_ATTRIBUTION = re.compile(rf"(?:[A-Z][\w.’'-]*,?\s+){{1,5}}(?:{SAID})\b(?!:)")
_PLACE = r"[^\W\d_a-z](?:[^\W\d_a-z]|[.’'-])+"
_MONTH = r"[A-Z][a-z]{2,8}\.?"
_MORE = rf"{_PLACE}|[A-Z][\w’'-]*\.?|(?:[A-Z]\.){{2,3}}|al-\w+|and|of|de"
_DAY = rf"{_MONTH}\s+\d{{1,2}}|\d{{1,2}}\s+{_MONTH}"
DATELINE = re.compile(
    rf"""^\W?{_PLACE}(?:[ ,/]+(?:{_MORE})){{0,5}}
    (?P<day>,?\s+(?:{_DAY})(?:,?\s+\d{{4}})?)?\.?\s*
    (?:\([^()]{{1,60}}\)\s*(?:[-–—:]+|\.\s*[-–—]+)? | [-–—]+ | : | (?(day)(?<=\.)|(?!)))
    \s+(?=\S)""",
    re.VERBOSE,
)
# "1. The group", "b) They", "IV. Talks": a number that opens a paragraph is no sentence.
_ENUMERATOR = re.compile(r"^\(?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,5})[.)]\s+")


def opening(paragraph: str) -> int:
    """Return where a paragraph's text begins, after a dateline or a number; no cut is before."""
    head = paragraph[:200]
    match = DATELINE.match(head) or _ENUMERATOR.match(head)
    return match.end() if match else 0


def ends_sentence(before: str, after: str) -> bool | None:
    """Tell whether a sentence ends between two pieces of text; None if only the library can say.

    Parameters
    ----------
    before
        Text that ends in a full stop, a question or exclamation mark or an ellipsis, and what
        closes quotations and brackets; its last eighty characters are enough.
    after
        What follows the white space; its first eighty characters are enough.
    """
    following = _NEXT.match(after)
    if following is None:
        return None
    quoted, word, stop = following.groups()
    bare = before.rstrip(CLOSING)
    if word[0].islower() and not _LOWER_NAME.match(word + after[following.end(2) :][:1]):
        return False
    if bare != before and bare[-1] in "!?…" and _ATTRIBUTION.match(after):
        return word.lower() in STARTERS
    last = _WORD.search(bare)
    if last is None or last[2] != ".":
        return None
    begins = bool(word.lower() in STARTERS and not stop) or bool(
        set(quoted) & set('"“‘„«') and word[0].isupper()
    )
    return _after_word(last[1], begins, after)


def _after_word(word: str, begins: bool, after: str) -> bool | None:  # noqa: FBT001
    """Tell whether a sentence ends after a word with a full stop, or None if it is an ordinary one.

    `begins` is whether the next word begins sentences.
    """
    small, capital = word.lower(), word[0].isupper()
    if small in INNER or (small in TITLES and capital):
        return False
    if small in NUMBERED and _NUMBER.match(after):
        return False
    if len(word) == 1 and word.isalpha() and capital:
        return begins
    if _ACRONYM.fullmatch(word) or small in EITHER or (small in DATES and capital):
        return begins
    return None
