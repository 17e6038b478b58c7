"""What a page, an agency or a mail program puts round an article is told from its text."""

import pandas as pd
import pytest

from stance.text.furniture import is_furniture
from tests.projects import ROOT

FURNITURE = """
(Reporting by Ann Lee in Kabul and Bo Roy; Editing by Cy Orr)
Reporting by Ann Lee; Writing by Bo Roy
Additional reporting by Ann Lee in Doha
(Editing by Cy Orr)
Our Standards: The Thomson Reuters Trust Principles.
Read the full story
Read the full story here
Read more: What the envoy wants
Continue reading the main story
Story continues below advertisement
Already a subscriber? Log in
Already a subscriber?
Not a subscriber? Join now.
Subscribe to our newsletter
Sign up for our daily newsletter
Get our newsletter straight to your inbox
Share this article
Share on Facebook
Facebook Twitter WhatsApp Email
Follow us on Telegram
Follow @gazette on Twitter
Last updated: 29 February 2020 10:15 GMT
Updated 3 hours ago
Published: Feb. 29, 2020
Feb 29, 2020 10:15 AM
29 February 2020
Saturday, 29 February 2020
2 days ago
File photo: The envoy in Doha
Photo by Ann Lee
The envoy arrives in Doha, Feb. 29, 2020. REUTERS/Ann Lee
Men walk past a shop in Kabul (AFP/Getty Images)
FILE - The envoy speaks in Doha, Feb. 29, 2020.
[Image credit: Reuters]
Advertisement
© 2020 The Gazette
Copyright 2020 The Gazette. All rights reserved.
Page 3 of 12
- 3 -
Related articles
Tags: Doha, talks
Comments
Leave a comment
We use cookies to improve your experience.
From: Ada Lovelace
On Sat, 29 Feb 2020 at 10:00, Ada Lovelace wrote:
-----Original Message-----
Sent from my phone
https://example.org/talks
ENDS
""".strip().split("\n")

TEXT = """
Read the full story, and you will see that nobody in the ministry believed it.
Share this burden, the minister told the allies, or carry it alone.
He was first published in 1967.
The report was originally published by the ministry, which later withdrew it, and nobody in Doha \
or in Kabul has been able to find a copy of it since the fall of the government that had asked \
for it in the first place, as its author himself says.
Brussels, 18 September 2015 — EU member states have until 30 October to decide.
Published on Monday, the report names nobody. The ministry was asked for a comment.
Subscribe to what the envoy says and you will be disappointed.
Comments by the envoy were few.
Reporting by the ministry has improved.
Sources said that the talks had failed.
On Saturday, the envoy wrote: nothing has changed.
Home is where the talks are.
""".strip().split("\n")


@pytest.mark.parametrize("line", FURNITURE)
def test_furniture_is_told(line: str) -> None:
    assert is_furniture(line)


@pytest.mark.parametrize("line", TEXT)
def test_text_is_no_furniture(line: str) -> None:
    assert not is_furniture(line)


def test_no_sentence_of_the_project_is_furniture() -> None:
    folder = ROOT / "data"
    tables = [*folder.glob("annotations/*.csv"), *folder.glob("encoder/annotations/*.csv")]
    texts = set().union(*(pd.read_csv(path, keep_default_na=False)["sentence"] for path in tables))
    assert len(texts) > 10_000
    assert [text for text in texts if is_furniture(text)] == []
