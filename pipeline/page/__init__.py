"""The local page of `stance open`: what is scored is read there, and what is not is annotated."""
