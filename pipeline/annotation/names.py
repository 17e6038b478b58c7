"""What the orders of sentences and the files of other tools are called.

They stand apart from what they do, so that the command line offers them without loading it.
"""

BY_DOCUMENT, UNCERTAIN, DIVERSE = "document", "uncertain", "diverse"
ORDERS = [BY_DOCUMENT, UNCERTAIN, DIVERSE]

CSV, XLSX, ODS = "csv", "xlsx", "ods"
DOCCANO, LABEL_STUDIO, PRODIGY = "doccano", "label-studio", "prodigy"
SPREADSHEETS = [CSV, XLSX, ODS]
TOOLS = [*SPREADSHEETS, DOCCANO, LABEL_STUDIO, PRODIGY]
