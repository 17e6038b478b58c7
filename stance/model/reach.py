"""Which texts the encoder reads to their end: what lies beyond it has no say in the score."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from stance.model.description import ENCODER_FOLDER
from stance.model.encoder import MAX_TOKENS, TOKENIZER_NAME
from stance.model.names import FINETUNED
from stance.model.store import Store

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# A text of so many characters has no more word pieces, its two marks of begin and end among them.
_SURE = MAX_TOKENS - 2


class Reach:
    """How far the encoder of a model reads.

    Parameters
    ----------
    store
        Where the fine-tuned encoder's tokenizer is.
    encoder
        Its name; of encoders from a hub it is not known where they cut.
    """

    def __init__(self, store: Store, encoder: str) -> None:
        self._store = store
        self._known = encoder == FINETUNED
        self._tokenizer: Tokenizer | None = None

    def cut(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Return for each of n texts whether it is longer than what is read, bool of shape (n,)."""
        found = np.zeros(len(texts), dtype=np.bool_)
        long = [number for number, text in enumerate(texts) if len(text) > _SURE]
        if self._known and long:
            encodings = self._open().encode_batch_fast([texts[number] for number in long])
            found[long] = [len(encoding.ids) > MAX_TOKENS for encoding in encodings]
        return found

    def _open(self) -> "Tokenizer":
        if self._tokenizer is None:
            from tokenizers import Tokenizer

            content = self._store.read(f"{ENCODER_FOLDER}/{TOKENIZER_NAME}")
            self._tokenizer = Tokenizer.from_buffer(content)
            self._tokenizer.no_padding()
            self._tokenizer.no_truncation()
        return self._tokenizer
