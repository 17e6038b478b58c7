"""Sentences are cut as readers cut them: ranks, abbreviations, datelines, quotations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.files import fold
from stance.text.sentences import split_sentences

# A bar is a cut.
CASES = {
    "ranks": (
        (
            "The defence minister, Maj. Gen. Omar Farid, ruled out talks.|Sens. Ann Lee and Bo Roy "
            "agreed with him on Oct. 22-23 in Doha.|He met Lt. Col. Ed Fay there."
        ),
        (
            "Rep. Ann Lee asked Gov. Bo Roy and Amb. Cy Orr.|Sgt. Di Poe, Cmdr. Ed Fay and the Rt. "
            "Hon. Flo Gray went to St. Petersburg."
        ),
        (
            "Brig. Gen. Ali met Adm. Roy.|Capt. Fay stayed, as did Cpl. Lee, Pvt. Poe, Pfc. Orr, "
            "Maj. Day and Pres. Gray."
        ),
        "Sens. Lee and Roy and Reps. Poe and Day met.|Govs. Fay and Orr left.",
        "Maj.-Gen. Omar Farid left.|Lt.-Col. Fay stayed.|Adm. (ret.) Roy spoke.",
        "The Very Rev. Fr. Smith and H.E. Mr. Khan met at St. James's Palace.|They left.",
    ),
    "names": (
        "Mr. A. B. C. Smith signed it.|George W. Bush did not.|J.R.R. Tolkien wrote it.",
        "President Joseph R. Biden Jr. spoke.|Mr. Obama Sr. listened.",
        "The envoy's name is Ali Jr.|He is 40.",
        "Col. Gaddafi's son, Saif, spoke.|Ms. May listened.",
    ),
    "abbreviations": (
        "It was Moscow vs. Washington under Nos. 12 and 13 of the list.|It lost.",
        "He quoted Art. 3 and p. 12 of the report, cf. vol. 2, no. 4.|They left.",
        "They talked, e.g. about prisoners, i.e. captives, etc.|Then they left.",
        "Acme Inc. sold it.|They work for Acme Corp.|It is large.",
        "In Sept. 2019 and on Sun. Dec. 1 they met.|It was about 5.5 percent.",
        "Ph.D. students met Dr. Lee.|She has a Ph.D.|He has none.",
        "He is No. 2 in the group.|It is led by no one.",
        "She is 5 ft. 6 in. tall.|He weighs 80 kg.|They left.",
    ),
    "words that abbreviate elsewhere": (
        "The answer was no.|He left.|No.|He refused.|He loves art.|She does not.",
        (
            "The Islamists are sick.|Hamas agreed.|They met in The Hague.|He gave him his hand.|"
            "Obama left for the West.|Wilders stayed."
        ),
        "They sat in the sun.|Then they sat.|It was a miss.|They went to mass.|Nobody prayed.",
    ),
    "states and organisations": (
        "He lives in the U.S.|They met there twice.|She left the U.K.|Nobody asked why.",
        "The U.S. Senate met.|The U.S. Ambassador left.|The U.K. Foreign Office said so.",
        "He was a member of the P.L.O. Executive Committee.|The P.L.O. offices closed.",
        "Mr. Roy of the U.N. Security Council left the U.N.|They laughed.",
        "It was sold to the U.S.|“We agreed,” he said.",
        "The U.S.-led force left.|The U.S.'s envoy stayed.",
        "He lives in Washington, D.C.|His wife does not.",
    ),
    "times": (
        "They met at 5 p.m.|Nobody spoke.|They met at 5 p.m. Friday and at 9 a.m. EDT.|It ended.",
        "It ended in 1999.|In 2001 it began again.|On Oct. 7th it was over.",
    ),
    "ellipses": (
        "They waited…|Nobody came.|He said … nothing.",
        "Wait...|He is here.",
    ),
    "quotations": (
        '“We will talk.”|The envoy left.|"No more than that."|He stayed.',
        "“Are you going?” she asked.|“No!” he said.",
        '"Will they talk?" Mr. Lavrov asked.|"No."|He left.',
        "He said: “They left.|We stayed.”|She nodded.",
        "“‘No,’ he said.”|They left.|“He told me, ‘We left.’”|They stayed.",
        'He asked, "Why?" and left.|Is it "over?"|Yes.',
        "Is it over?|It is!|Really?!|Yes.",
        "(They left.)|He stayed.|He left (at 5 p.m.).|She stayed.",
    ),
    "datelines": (
        "DOHA (AFP) - The emir hosts the rebels for talks.|They came late.",
        "KABUL, Afghanistan (AP) — The group freed two men.|Nobody said why.",
        "MOSCOW, Oct. 3 (Reuters) - The envoy met the group.|He said little.",
        "ADDIS ABABA, Ethiopia, Nov. 2, 2022 (AFP) -- The sides signed.|They went home.",
        "BEIRUT/DAMASCUS (Reuters) - Hezbollah said no.|It gave no reasons.",
        "Geneva, 12 March 2020 (ICRC) – The convoy left.|It came back.",
        "WASHINGTON, D.C. — The State Department said no.|It left.",
        "ST. LOUIS (AP) — He left.|U.N. HEADQUARTERS (AP) — The council met.",
        "RIO DE JANEIRO, 3 May (EFE).- The president spoke.|He left.",
        "MOSCOW. – The government said no.|It stayed.",
        "LONDON, Oct. 3. The minister said so.|He left.",
        "NEW DELHI: The minister refused.|He gave no reasons.",
    ),
    "names in small letters": (
        "The al-Shabaab group left.|al-Qaeda stayed.",
        "He read about it on iPhone.|eBay sold it.",
    ),
    "numbered paragraphs": (
        "1. The group left.|It came back.",
        "IV. Talks were held.|They failed.",
    ),
    "semicolons": ("He wasn't asked; it ruled all the same.|Talks (if any) won’t help.",),
}


@pytest.mark.parametrize("kind", CASES)
def test_sentences_are_cut_as_readers_cut_them(kind: str) -> None:
    for case in CASES[kind]:
        assert split_sentences(case.replace("|", " ")) == case.split("|")


@given(st.text(st.sampled_from("aB .!?…\"”“’'()-;:1é\u00a0"), max_size=80) | st.text(max_size=80))
def test_together_they_are_all_of_the_paragraph(text: str) -> None:
    paragraph = fold(text)
    assert "".join(split_sentences(paragraph)).replace(" ", "") == paragraph.replace(" ", "")


def test_a_long_paragraph_is_cut_as_its_sentences_are() -> None:
    sentence = "Moscow said that Gen. Lee of the U.S. Army left at 5 p.m. on Oct. 3."
    quoted = f'"No {"no " * 30_000}," he said.'
    assert split_sentences(" ".join([sentence, quoted] * 3 + [sentence] * 5_000)) == (
        [sentence, quoted] * 3 + [sentence] * 5_000
    )
