"""What the orders of sentences and the files of other tools are called.

They stand apart from what they do, so that the command line offers them without loading it.
"""

BY_DOCUMENT, UNCERTAIN, DIVERSE = "document", "uncertain", "diverse"
ORDERS = [BY_DOCUMENT, UNCERTAIN, DIVERSE]

CSV, DOCCANO, LABEL_STUDIO, PRODIGY = "csv", "doccano", "label-studio", "prodigy"
TOOLS = [CSV, DOCCANO, LABEL_STUDIO, PRODIGY]
