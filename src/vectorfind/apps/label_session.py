"""What one person labels on one page: whose turn it is, what was skipped, how long it takes."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from statistics import median
from typing import Any, NamedTuple

from vectorfind.apps.review import Critic
from vectorfind.apps.thumbnails import GRID_SIDE, SINGLE_SIDE, Thumbnails
from vectorfind.labels.store import LabelStore
from vectorfind.vocabulary import PUBLISHED, Attribute

ENOUGH_ANSWERS, ENOUGH_IMAGES, LAST_ANSWERS = 3, 20, 20
"""Answers and images after which the time left is told, and those that it follows."""
FEWEST_AHEAD = 4
"""Images that are made before their turn, at least."""

Suggestions = Mapping[str, Mapping[int, int]]
"""Labels of a model that wait for a person, by attribute and image."""
Labels = Mapping[int, int]


class Choices(NamedTuple):
    """What a person has chosen to look at."""

    attribute: str
    per_page: int
    review: bool = False


class Pace:
    """Seconds per image, from the median of the last answers: pauses do not count."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock, self._last = clock, clock()
        self._answers: list[tuple[float, int]] = []

    def answered(self, images: int) -> None:
        """Note an answer about so many images."""
        now = self._clock()
        self._answers.append(((now - self._last) / images, images))
        self._last = now

    def seconds_for(self, images: int) -> float | None:
        """Return how long so many images will take, None while there are few answers."""
        answers = self._answers[-LAST_ANSWERS:]
        if len(answers) < ENOUGH_ANSWERS or sum(count for _, count in answers) < ENOUGH_IMAGES:
            return None
        return images * median(seconds for seconds, _ in answers)


class LabelSession:
    """One person's page: the next images, and what the keys do."""

    def __init__(
        self,
        store: LabelStore,
        rows: Mapping[str, Attribute],
        thumbnails: Thumbnails,
        critic: Critic,
        suggestions: Suggestions,
        pace: Pace | None = None,
    ):
        self._store, self._rows, self._thumbnails = store, rows, thumbnails
        self._critic, self._suggestions, self._pace = critic, suggestions, pace or Pace()
        self._skipped: dict[Choices, list[int]] = defaultdict(list)
        self._reviewed: dict[str, set[int]] = defaultdict(set)
        self._asked: int | None = None
        self._note: tuple[str, dict[str, Any]] | None = None

    def act(self, choices: Choices, answer: Mapping[str, Any]) -> Choices:
        """Do what the board sent; returns what is to be looked at next."""
        wanted = answer["act"]
        if wanted == "save":
            asked = choices._replace(attribute=answer["attribute"])
            labels, seen = (_by_image(answer[name]) for name in ("labels", "seen"))
            if labels:
                self._save(asked, labels, seen)
            self._skip(asked, answer["later"])
        elif wanted == "undo":
            return self._undo(choices)
        elif wanted == "skip":
            self._skip(choices, answer["images"])
        elif wanted == "jump":
            self._jump(int(answer["image"]))
        elif wanted == "back":
            self._asked = None
        elif wanted == "next":
            return self._next_question(choices)
        return choices

    def tell(self, key: str, **values: Any) -> None:
        """Let the next page say the text `label.KEY`."""
        self._note = key, values

    def page(self, choices: Choices) -> dict[str, Any]:
        """Return the board's state: the images whose turn it is, and how far this question is."""
        row, table = self._rows[choices.attribute], self._store.table()
        given = table[choices.attribute].dropna().astype(int).to_dict()
        review = choices.review and self._critic.knows(choices.attribute)
        choices = choices._replace(review=review)
        against = self._critic.against(choices.attribute, given) if review else {}
        queue = self._queue(choices, given, against)
        wanted = [self._asked] if self._asked is not None else queue[: choices.per_page]
        total = len(queue) + len(self._reviewed[choices.attribute]) if review else len(table)
        note, self._note = self._note, None
        return {
            "attribute": choices.attribute,
            "published": _is_published(choices.attribute, row),
            "words": row.words,
            "hint": row.hint,
            "usual": 1 - row.rare,
            "review": review,
            "asked": self._asked is not None,
            "single": choices.per_page == 1 or self._asked is not None,
            "images": self._pictures(choices, wanted, queue, given, against),
            "open": [name for name in table if table[name].isna().any()],
            "done": total - len(queue),
            "total": total,
            "counts": [list(given.values()).count(label) for label in (0, 1)],
            "seconds": self._pace.seconds_for(len(queue)),
            "file": str(self._store.path),
            "note": note,
        }

    def _queue(self, choices: Choices, given: Labels, against: Iterable[int]) -> list[int]:
        if choices.review:
            queue = [image for image in against if image not in self._reviewed[choices.attribute]]
        else:
            queue = [image for image in self._store.ids.tolist() if image not in given]
        later, waiting = self._skipped[choices._replace(per_page=0)], set(queue)
        first = [image for image in queue if image not in later]
        return first + [image for image in later if image in waiting]

    def _pictures(
        self,
        choices: Choices,
        wanted: list[int],
        queue: list[int],
        given: Labels,
        against: Mapping[int, float],
    ) -> list[dict[str, Any]]:
        side = SINGLE_SIDE if choices.per_page == 1 or self._asked is not None else GRID_SIDE
        urls = self._thumbnails.urls(wanted, side)
        if self._asked is None:
            later = queue[choices.per_page :][: max(choices.per_page, FEWEST_AHEAD)]
            self._thumbnails.prepare(later, side)
        suggested = self._suggestions.get(choices.attribute, {})
        return [
            {
                "id": image,
                "source": url,
                "seen": given.get(image),
                "suggested": None if image in given else suggested.get(image),
                "opinion": against.get(image),
            }
            for image, url in zip(wanted, urls, strict=True)
        ]

    def _save(self, choices: Choices, labels: Labels, seen: Labels) -> None:
        written = self._store.record(choices.attribute, labels, seen)
        if written < len(labels):
            self.tell("elsewhere", count=len(labels) - written)
        if choices.review and self._asked is None:
            self._reviewed[choices.attribute].update(labels)
        self._asked = None
        self._pace.answered(len(labels))

    def _undo(self, choices: Choices) -> Choices:
        undone = self._store.undo()
        self._asked = None
        if undone is None:
            self.tell("nothing_to_undo")
            return choices
        again = set(undone.index)
        self._reviewed[str(undone.name)] -= again
        for later in self._skipped.values():
            later[:] = [image for image in later if image not in again]
        return choices._replace(attribute=str(undone.name))

    def _skip(self, choices: Choices, images: Iterable[int]) -> None:
        if self._asked is None:
            later = self._skipped[choices._replace(per_page=0)]
            later[:] = [image for image in later if image not in images] + list(images)
        self._asked = None

    def _jump(self, image: int) -> None:
        ids = self._store.ids
        if image in ids:
            self._asked = image
        else:
            first, last = int(ids.min()), int(ids.max())
            self.tell("no_such_image", image=image, first=first, last=last)

    def _next_question(self, choices: Choices) -> Choices:
        waiting = (name for name, ids in self._store.missing().items() if ids)
        return choices._replace(attribute=next(waiting, choices.attribute))


def _is_published(name: str, row: Attribute) -> bool:
    published = PUBLISHED.attributes.get(name)
    return published is not None and (row.words, row.hint) == (published.words, published.hint)


def _by_image(labels: Mapping[str, int]) -> dict[int, int]:
    return {int(image): int(label) for image, label in labels.items()}
