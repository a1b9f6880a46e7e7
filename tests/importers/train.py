"""Fit the weights of `bot.importers.questions` to comments that somebody labelled.

    python -m tests.importers.train LABELLED.tsv… [--check]

Each line holds a label (1 a question, 0 none), the comment with `\\n` for its line breaks and, if known, the course,
with tabs between. `--check` prints precision and recall, measured ten times on a tenth of the courses that the rest was
fitted without; otherwise the weights file is written. A feature counts that stands in five comments, of five courses
where these are known, so that no name and no comment gets into the file.

The model is a logistic regression with L2 penalty over features scaled by their log-count ratio (Wang, Manning 2012).
"""

import random
import sys
from collections import Counter
from collections.abc import Sequence
from math import log
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bot.importers import questions

_RIDGE = 10.0
_ROUNDS = 12
_SEEN = 5
_BALANCE = 0.2  # where precision and recall are alike on courses held out
_KEPT = 3000
_WEIGHTS = Path(questions.__file__).with_name("question_weights.tsv")


class Row(NamedTuple):
    """A labelled comment: where it stood, its features."""

    label: bool
    course: str
    features: set[str]


def read(paths: Sequence[str]) -> list[Row]:
    """The rows of the files; where no course is known, each is one of its own."""
    lines = [line.split("\t") for path in paths for line in Path(path).read_text("utf-8").split("\n") if line]
    return [_row(n, *fields) for n, fields in enumerate(lines)]


def _row(n: int, label: str, text: str, course: str = "") -> Row:
    return Row(label == "1", course or str(n), questions.features(text.replace("\\n", "\n")))


def fit(rows: Sequence[Row], kept: int = _KEPT) -> dict[str, float]:
    """The weights: fitted once, and once more to the features that weighed most."""
    scales = _scales(rows)
    first = _regress(rows, scales)
    most = sorted(first, key=lambda name: (-abs(first[name]), name))[:kept]
    weights = _regress(rows, {name: scales[name] for name in most})
    return weights | {"=": weights.get("=", 0.0) + _BALANCE}


def _scales(rows: Sequence[Row]) -> dict[str, float]:
    seen = Counter(name for _, name in {(row.course, name) for row in rows for name in row.features})
    yes = Counter(name for row in rows if row.label for name in row.features)
    no = Counter(name for row in rows if not row.label for name in row.features)
    lift = log(no.total() / yes.total())
    return {name: log((yes[name] + 0.5) / (no[name] + 0.5)) + lift for name, n in sorted(seen.items()) if n >= _SEEN}


def _regress(rows: Sequence[Row], scales: dict[str, float]) -> dict[str, float]:
    # Newton's method on the dual: there are fewer comments than features.
    place = {name: n for n, name in enumerate(scales)}
    scale = np.array([*scales.values()])
    x = np.zeros((len(rows), len(place)))
    for n, row in enumerate(rows):
        held = [place[name] for name in row.features if name in place]
        x[n, held] = scale[held]
    labels = np.array([float(row.label) for row in rows])
    products = x @ x.T
    margins = np.zeros(len(rows))
    for _ in range(_ROUNDS):
        said = 1 / (1 + np.exp(-margins))
        spread = np.maximum(said * (1 - said), 1e-6)
        shares = np.linalg.solve(products + np.diag(_RIDGE / spread), margins + (labels - said) / spread)
        margins = products @ shares
    return dict(zip(scales, (x.T @ shares * scale).tolist(), strict=True))


def score(weights: dict[str, float], row: Row) -> float:
    """More than zero for a question."""
    return sum(weights.get(name, 0.0) for name in row.features)


def check(rows: Sequence[Row]) -> tuple[float, float]:
    """Precision and recall where each tenth of the courses is judged by weights fitted to the others."""
    courses = sorted({row.course for row in rows})
    random.Random(0).shuffle(courses)
    part = {course: n % 10 for n, course in enumerate(courses)}
    found = [
        (row, score(weights, row) > 0) for n in range(10) for weights, held in [_part(rows, part, n)] for row in held
    ]
    right = sum(said and row.label for row, said in found)
    return right / sum(said for _, said in found), right / sum(row.label for row, _ in found)


def _part(rows: Sequence[Row], part: dict[str, int], n: int) -> tuple[dict[str, float], list[Row]]:
    return fit([row for row in rows if part[row.course] != n]), [row for row in rows if part[row.course] == n]


def write(weights: dict[str, float], path: Path = _WEIGHTS) -> None:
    """Write the weights, one a line, those that round to nothing left out."""
    lines = [f"{name}\t{weight:.3f}\n" for name, weight in sorted(weights.items()) if round(weight, 3)]
    path.write_text("".join(lines), "utf-8")


def main(arguments: Sequence[str]) -> None:
    rows = read([name for name in arguments if name != "--check"])
    if "--check" in arguments:
        print("precision {:.3f}, recall {:.3f}".format(*check(rows)))
    else:
        write(fit(rows))


if __name__ == "__main__":
    main(sys.argv[1:])
