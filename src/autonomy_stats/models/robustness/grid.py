"""Which specifications there are: the options that a frame supports, and their combinations."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np

from autonomy_stats.errors import UsageError
from autonomy_stats.models.robustness.arrays import Arrays
from autonomy_stats.models.robustness.choices import CHOICE_NAMES, PAIRS
from autonomy_stats.models.robustness.supported import supported_options

__all__ = ["Grid", "asked_options", "make_grid"]

MOST_COMBINATIONS = 20_000_000
"""Combinations of options that are looked through."""


@dataclass(frozen=True)
class Grid:
    """The specifications of a curve.

    Parameters
    ----------
    specifications : list of dict of str to str
        An option of each choice. The default comes first, then the other core ones.
    core : list of bool
        Whether each is one of the core.
    n_possible : int
        Specifications that the whole grid has, of which these may be a sample.
    unsupported : list of dict
        Options that a frame does not support: `frame, choice, option, reason`.
    """

    specifications: list[dict[str, str]]
    core: list[bool]
    n_possible: int
    unsupported: list[dict[str, str]] = field(repr=False)


def asked_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return all arguments of `estimate_effects` but the frame and the outcome.

    Raises
    ------
    UsageError
        If there is no such argument.

    Examples
    --------
    >>> asked_options({"weights": None})["reference"]
    'traditional'
    """
    from autonomy_stats.models.effects import estimate_effects

    held = list(inspect.signature(estimate_effects).parameters.values())[2:]
    known = {one.name: one.default for one in held}
    if unknown := [name for name in options if name not in known]:
        raise UsageError(f"no option {unknown[0]!r}; there are {', '.join(known)}")
    return known | dict(options)


def make_grid(frames: Mapping[str, Arrays], grid: str, most: int, seed: int) -> Grid:
    """Return the core specifications, or those of the full grid.

    Parameters
    ----------
    frames : mapping of str to Arrays
        Panels by name, the default first.
    grid : {"core", "full"}
        Which.
    most : int
        Specifications at most: of a larger full grid all of the core and a random sample of the
        others.
    seed : int
        Of the sample.
    """
    if grid not in ("core", "full"):
        raise UsageError(f"grid must be 'core' or 'full'; got {grid!r}")
    specifications: list[dict[str, str]] = []
    core: list[bool] = []
    n_possible = 0
    unsupported: list[dict[str, str]] = []
    others: list[tuple[str, list[list[str]], np.ndarray[Any, Any]]] = []
    for name, arrays in frames.items():
        options, reasons = supported_options(arrays)
        unsupported += [{"frame": name} | reason for reason in reasons]
        values = [[name], *(list(options[choice]) for choice in CHOICE_NAMES[1:])]
        is_core = [[True], *(list(options[choice].values()) for choice in CHOICE_NAMES[1:])]
        n_possible += _count(values)
        if grid == "core":
            values = [
                [option for option, own in zip(held, of_core, strict=True) if own]
                for held, of_core in zip(values, is_core, strict=True)
            ]
            specifications += _named(values, _combinations(values))
            continue
        picked = _combinations(values)
        in_core = np.all([np.array(is_core[at])[picked[at]] for at in range(len(values))], axis=0)
        specifications += _named(values, picked[:, in_core])
        others.append((name, values, picked[:, ~in_core]))
    core += [True] * len(specifications)
    if grid == "core":
        return Grid(specifications, core, n_possible, unsupported)
    count = n_possible - len(core)
    taken = np.arange(count)
    if n_possible > most:
        drawn = np.random.default_rng(seed).choice(count, max(0, most - len(core)), replace=False)
        taken = np.sort(drawn)
    first = 0
    for _, values, picked in others:
        own = taken[(taken >= first) & (taken < first + picked.shape[1])] - first
        specifications += _named(values, picked[:, own])
        first += picked.shape[1]
    core += [False] * (len(specifications) - len(core))
    return Grid(specifications, core, n_possible, unsupported)


def _combinations(values: list[list[str]]) -> np.ndarray[Any, Any]:
    """Return the numbers of the options of each combination that means something, (choices, n)."""
    sizes = [len(options) for options in values]
    if (total := int(np.prod([float(size) for size in sizes]))) > MOST_COMBINATIONS:
        raise UsageError(
            f"the full grid has {total:,} combinations, more than {MOST_COMBINATIONS:,}; leave out "
            f"rows (years, subjects) or frames, or take grid='core'"
        )
    picked = np.array(np.unravel_index(np.arange(total), sizes)).astype(np.int16)
    kept = np.ones(total, dtype=bool)
    for pair in PAIRS:
        out = np.ones(total, dtype=bool)
        for choice, option in (pair.one, pair.other):
            at = CHOICE_NAMES.index(choice)
            own = values[at].index(option) if option in values[at] else -1
            out &= picked[at] == own
        kept &= ~out
    return picked[:, kept]


def _count(values: list[list[str]]) -> int:
    """Return how many combinations mean something, of which not all are made."""
    paired = {choice for pair in PAIRS for choice, _ in (pair.one, pair.other)}
    bound = [CHOICE_NAMES[at] in paired for at in range(len(values))]
    own = [held if pick else held[:1] for held, pick in zip(values, bound, strict=True)]
    free = prod(len(held) for held, pick in zip(values, bound, strict=True) if not pick)
    return free * int(_combinations(own).shape[1])


def _named(values: list[list[str]], picked: np.ndarray[Any, Any]) -> list[dict[str, str]]:
    """Return combinations as options by choice."""
    named = [
        np.array(options, dtype=object)[own] for options, own in zip(values, picked, strict=True)
    ]
    return [dict(zip(CHOICE_NAMES, one, strict=True)) for one in zip(*named, strict=True)]
