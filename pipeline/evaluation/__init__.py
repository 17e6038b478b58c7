"""How good the classifier is, where it fails, and what more data would bring."""
