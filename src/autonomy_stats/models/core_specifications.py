"""The core specifications of an estimate: equally defensible ways to ask the same question.

Not among them: the ladder of controls and levels apart, which ask other questions; mean scores,
which have another unit; and the bootstrap and permutation, which change no estimate.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.models.beside import variations as beside_variations
from autonomy_stats.models.robustness import variations as other_variations

if TYPE_CHECKING:
    from autonomy_stats.models.fit import Fit

__all__ = ["CORE", "core_specifications"]

CORE = (
    "as asked",
    "unweighted",
    "one row a school",
    "clustered by operator",
    "documented roster only",
    "controls and squares",
    "standard errors",
)
"""Lines of `Fit.beside` and of `robustness`; each subject by itself is added."""


def core_specifications(fit: Fit) -> Iterator[tuple[str, Fit]]:
    """Estimate a fit in every core specification that its frame supports.

    Parameters
    ----------
    fit : Fit
        Of `estimate_effects`.

    Yields
    ------
    (str, Fit)
        Name and fit: `as asked`, the fit itself; `unweighted`; `one row a school`; `clustered by
        operator`; `documented roster only`; `controls and squares`; `standard errors, CR3` and
        `standard errors, working model ...`; `subject ela` and the like. One that the frame does
        not support is passed over.

    Examples
    --------
    >>> import autonomy_stats as aus
    >>> panel = aus.load_panel("michigan", [2001], subjects=["math"])
    >>> fit = aus.estimate_effects(panel.frame, "proficient_pct", weights=None)
    >>> [name for name, _ in core_specifications(fit)]
    ['as asked', 'one row a school', 'controls and squares', 'standard errors, CR3']
    """
    from autonomy_stats.models.effects import estimate_effects

    if fit.asked is None:
        raise EstimationError("the fit does not know the frame that it came from")
    frame, options = fit.asked.frame, fit.asked.options
    for variation, subset, estimated in chain(
        beside_variations(fit, frame, options), other_variations(fit)
    ):
        if variation in CORE:
            try:
                yield (f"{variation}, {subset}" if subset else variation), estimated()
            except (EstimationError, UsageError):
                continue
    subjects = sorted(frame["subject"].dropna().unique()) if "subject" in frame else []
    for subject in subjects if len(subjects) > 1 else []:
        rows = frame[frame["subject"] == subject]
        try:
            yield f"subject {subject}", estimate_effects(rows, fit.outcome, **options)
        except (EstimationError, UsageError):
            continue
