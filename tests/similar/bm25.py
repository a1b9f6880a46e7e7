"""BM25 as everybody writes it, to compare with: single characters and pairs of Chinese, stemmed words of English."""

import math
import re
from collections import Counter
from collections.abc import Sequence

from snowballstemmer.english_stemmer import EnglishStemmer

K1, B = 1.2, 0.75


class Bm25:
    """Ranks documents; nothing is held back."""

    def __init__(self, documents: Sequence[str]) -> None:
        self._stemmer = EnglishStemmer()
        self._counts = [Counter(self._tokens(text)) for text in documents]
        self._average = sum(map(Counter.total, self._counts)) / len(documents)
        self._frequency = Counter(token for counts in self._counts for token in counts)

    def _tokens(self, text: str) -> list[str]:
        found: list[str] = []
        for run in re.findall(r"[\u3400-\u9fff]+|\w+", text.casefold()):
            if re.match(r"[\u3400-\u9fff]", run):
                found += [*run, *(run[at : at + 2] for at in range(len(run) - 1))]
            else:
                found.append(self._stemmer.stemWord(run))
        return found

    def best(self, text: str, limit: int = 5) -> list[int]:
        """The places of the documents that score best."""
        tokens = self._tokens(text)
        scores = [self._score(tokens, counts) for counts in self._counts]
        order = sorted(range(len(scores)), key=lambda at: (-scores[at], at))
        return [at for at in order[:limit] if scores[at] > 0]

    def _score(self, tokens: Sequence[str], counts: Counter[str]) -> float:
        length = K1 * (1 - B + B * counts.total() / self._average)
        return sum(
            self._rarity(token) * counts[token] * (K1 + 1) / (counts[token] + length)
            for token in tokens
            if token in counts
        )

    def _rarity(self, token: str) -> float:
        having = self._frequency[token]
        return math.log(1 + (len(self._counts) - having + 0.5) / (having + 0.5))
