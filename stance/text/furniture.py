"""Lines of an article that are not its text: what a page, an agency or a mail program puts there.

Told by form alone, so that the next article can use it. No line of more than forty words is ever
taken for furniture; what is, is shown by `stance add`. The patterns were held against 20,000 real
and composed sentences: none of these may match.
"""

import re

_MAX_WORDS = 40
_MAX_CHARACTERS = 400

_AGENCY = (
    r"(?:AFP|AP|Associated\ Press|Reuters|EPA(?:-EFE)?|EFE|ANSA|dpa|TASS|Xinhua|Anadolu"
    r"(?:\ Agency)?|UPI|PTI|IANS|ANI|Interfax|Getty(?:\ Images)?|Kyodo|Bloomberg|Shutterstock)"
)
_MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?"
_WEEKDAY = r"(?:mon|tue|tues|wed|wednes|thu|thurs|fri|sat|satur|sun)(?:day)?\.?"
_DATE = (
    rf"(?:{_MONTH}\s+\d{{1,2}}(?:,?\s+\d{{4}})?|\d{{1,2}}\s+{_MONTH}(?:,?\s+\d{{4}})?"
    r"|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4})"
)
_TIME = (
    r"(?:(?:\d{1,2}[:.]\d{2}(?::\d{2})?(?:\s*[ap]\.?m\.?)?|\d{1,2}\s*[ap]\.?m\.?)"
    r"(?:\s*\(?(?:[A-Z]{2,4}|[+-]\d{4})\)?)?)"
)
_NETWORK = (
    r"(?:facebook|twitter|x|whatsapp|telegram|linkedin|reddit|instagram|youtube|messenger|e-?mail"
    r"|print|share|tweet|copy\ link|pin\ it)"
)

_WHOLE = {
    "elsewhere": [
        r"(?:read|see|show|learn|load|view|watch|listen)\s+(?:more|also|next|now)\b.{0,80}",
        (
            r"(?:click\s+here\s+to\s+)?(?:read|see|view)\s+the\s+(?:full|original|whole|complete|rest\b"
            r".{0,9})\s*(?:story|article|text|report|post|version|piece)(?:\s+(?:here|on|at|in)\b.{0,50})?\W*"
        ),
        r"(?:continue|keep)\s+reading\b.{0,60}",
        r"(?:story|article)\s+continues\s+below.{0,40}",
        r"click\s+here\b.{0,80}",
        r"more\s*[>»…→]*",
        r"more\s+(?:on|from)\s+(?:this\s+(?:story|topic)|(?:the\s+)?\w+)\W*",
        (
            r"(?:this\s+)?(?:article|text|piece|interview|story|post|essay|report)?\s*(?:was|is|has\s+been"
            r"|were)?\s*(?:first|originally|previously)\s+(?:published|appeared)\b.*"
        ),
        r"(?:related|recommended|share|tags?|topics?|filed\s+under|keywords|categor(?:y|ies))\s*:.*",
        (
            r"(?:most\s+(?:read|popular|viewed)|trending(?:\s+now)?|editor[’']?s[’']?\s+(?:picks?|note)"
            r"|you\s+may\s+also\s+like|related\s+(?:stories|articles|content|news|topics))\W*"
        ),
        r"https?://\S+",
        r"www\.\S+",
    ],
    "captions": [
        (
            r"(?:file\s+)?(?:photo|photograph|image|picture|video|credit|caption|source)s?"
            r"(?:\s+(?:by|credit|courtesy)\b[^:]{0,40})?\s*:\s*.*"
        ),
        r"(?:photo(?:graph)?|picture|image)s?\s+(?:by|courtesy\s+of|credit)\b.{0,80}",
        r"file\s+(?:photo)?\s*[-–—]\s+.*",
        rf".{{0,300}}[\s(\[/|—–-]{_AGENCY}\s*/\s*[^\W\d_][^.!?]{{0,60}}",
        r".{0,300}\(?(?:(?:AP\s+)?photo|picture|image|credit)\s*(?:by|:|/)\s*[^.!?]{2,60}\)?",
        r"\[?\(?(?:image|photo|picture)\s+(?:credit|source)s?\b.*",
    ],
    "sharing": [
        r"share\s+(?:on|via|with|by)\b.{0,40}",
        r"share\s+(?:this|the)(?:\s+(?:article|story|post|page|piece|video|link))?\W*",
        rf"(?:{_NETWORK}[\s|,·/]*)+",
        r"(?:copy|get)\s+(?:the\s+)?link",
        r"(?:follow|like|join|find)\s+us\b.*",
        r"follow\s+[@\w ]{1,40}\s+on\s+\w+\b.{0,40}",
        r"(?:leave|post|add|write)\s+a\s+(?:comment|reply)",
        r"(?:no\s+|view\s+all\s+)?comments?\.?",
        r"\d+\s+(?:min(?:ute)?s?\s+read|comments?|shares?)",
    ],
    "subscription": [
        (
            r"already\s+(?:a\s+)?(?:subscribe[rd]|subscriber|member|registered|have\s+an\s+account)\b"
            r".{0,80}"
        ),
        r"not\s+(?:yet\s+)?a\s+(?:subscriber|member)\b.{0,80}",
        (
            r"(?:subscribe|sign\s+(?:up|in)|log\s+in|register)(?:\W*|\s+(?:now|here|today|free|with|or)"
            r"\b.{0,80}|\s+(?:to|for)\s+(?:our|the|this|my|read|continue|receive|get|a\s+free)\b.{0,90})"
        ),
        (
            r"(?:get|receive)\s+(?:our|the|all\s+the)\b.{0,60}\b(?:newsletter|inbox|briefing|app|alerts?)"
            r"\b.{0,40}"
        ),
        r".{0,60}\b(?:straight|delivered|direct(?:ly)?|sent)\s+(?:\w+\s+)?to\s+your\s+inbox\b.{0,60}",
        r"(?:our\s+)?(?:daily|weekly|free|morning|evening)?\s*newsletters?\b.{0,40}",
        r"(?:to\s+)?unsubscribe\b.{0,80}",
    ],
    "agency": [
        r"(?:our\s+)?standards\s*:.*",
        r"the\s+thomson\s+reuters\s+trust\s+principles\.?",
        (
            r"\(?\s*(?:additional\s+|with\s+)?(?:reporting|writing|editing|edited|compiled|written"
            r"|translated|translation|production)\s+(?:and\s+(?:writing|editing)\s+)?by\s+(?-i:[A-ZÀ-Þ]).*"
        ),
        r"(?:©|\(c\)|copyright)\s.*",
        r".*\ball\s+rights\s+reserved\.?",
        r"ends?\s*/+|/+\s*ends?|\(?ends\)?|-30-",
    ],
    "times": [
        (
            r"(?:updated|published|posted|modified|last\s+(?:updated|modified)|first\s+published|issued)"
            rf"(?:\s+(?:at|on))?\s*:?\s*(?:{_WEEKDAY},?\s+)?(?:{_DATE}|{_TIME}|\d+\s+(?:minutes?|hours?"
            r"|days?)\s+ago|today|yesterday)\b[^.]{0,50}"
        ),
        rf"(?:{_WEEKDAY},?\s+)?{_DATE}(?:[\s,|·•–—-]+(?:at\s+)?{_TIME})?",
        rf"{_TIME}(?:[\s,|·•–—-]+{_DATE})?",
        r"\d+\s+(?:minutes?|hours?|days?|weeks?)\s+ago",
    ],
    "page": [
        r"advertisement|advertising|sponsored(?:\s+content)?",
        r"back\s+to\s+top|skip\s+to\s+(?:main\s+)?content|(?:main\s+)?menu|home|search",
        r"cookies?\b.{0,60}|(?:we\s+use|this\s+(?:web)?site\s+uses)\s+cookies\b.*",
        r"[-–—\s]*(?:page\s+)?\d{1,4}(?:\s*(?:of|/)\s*\d{1,4})?[-–—\s]*|page\s+[ivxlc]+",
        r"\W+",
    ],
    "mail": [
        (
            r"(?:from|to|cc|bcc|sent|subject|date|reply-to|message-id|x-[\w-]+|mime-version"
            r"|content-[\w-]+)\s*:\s.*"
        ),
        r"on\s+.{6,100}\bwrote\s*:",
        r"-+\s*(?:original|forwarded)\s+message\s*-*|begin\s+forwarded\s+message\s*:?",
        r"sent\s+from\s+my\s+\w+.{0,30}",
    ],
}
_FURNITURE = re.compile(
    "|".join(rf"(?:{pattern})" for patterns in _WHOLE.values() for pattern in patterns),
    re.IGNORECASE,
)


def is_furniture(text: str) -> bool:
    """Tell whether a line, white space folded, is none of the article's text."""
    if len(text) > _MAX_CHARACTERS or len(text.split()) > _MAX_WORDS:
        return False
    return _FURNITURE.fullmatch(text) is not None
