"""What an estimate hangs on, in plain words."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from autonomy_stats.errors import UsageError
from autonomy_stats.labels import capital, control_label, counted, type_label
from autonomy_stats.models.beside import AGREE
from autonomy_stats.models.robustness.balance import ADJUSTABLE
from autonomy_stats.models.wording import caution, title_of, unit_of

if TYPE_CHECKING:
    import pandas as pd

    from autonomy_stats.models.fit import Fit
    from autonomy_stats.models.robustness.curve import SpecificationCurve
    from autonomy_stats.models.robustness.result import Robustness

__all__ = ["sentences", "summary"]


def summary(result: Robustness, school_type: str | None = None) -> str:
    """Say in plain words what the estimates hang on; see `Robustness.summary`."""
    wanted = result.school_types if school_type is None else [school_type]
    fit = replace(result.fit, simulated=result.simulated)
    lines = [title_of(fit), ""]
    for kind in wanted:
        heading, *rest = sentences(result, kind)
        lines += [heading, *(f"  - {line}" for line in rest), ""]
    lines += [f"Not made, {part}: {why}" for part, why in result.problems.items()]
    return "\n".join([*lines, caution(fit)])


def sentences(result: Robustness, school_type: str) -> list[str]:
    """Return the estimate of a type in a sentence, then what it hangs on, a sentence each part.

    Raises
    ------
    UsageError
        If the type has no estimate.
    """
    if school_type not in result.school_types:
        raise UsageError(
            f"{school_type!r} has no estimate here; there are {', '.join(result.school_types)}"
        )
    said = [_estimate(result.fit, school_type)]
    for part, tell in TELL.items():
        made = getattr(result, part)
        if made is not None:
            said += tell(made, school_type)
    return said


def _estimate(fit: Fit, kind: str) -> str:
    """Say the estimate itself."""
    row = fit.effects.set_index("school_type").loc[kind].to_dict()
    note = f"; {row['note']}" if row["note"] else ""
    return (
        f"{capital(type_label(kind))}: {_interval(row)} {unit_of(fit)} "
        f"({counted(int(row['n_schools']), 'school')}{note})"
    )


def _interval(row: Mapping[Any, Any]) -> str:
    """Write an estimate with its interval, if it has one."""
    text = f"{row['estimate']:+.1f}"
    if row["conf_low"] == row["conf_low"]:
        text += f" [{row['conf_low']:+.1f}, {row['conf_high']:+.1f}]"
    return text.replace("-", "\N{MINUS SIGN}")


def _points(value: float) -> str:
    return f"{value:+.1f}".replace("-", "\N{MINUS SIGN}")


def _p(value: float) -> str:
    return "p < 0.001" if value < 0.001 else f"p {value:.3f}"


def _own(table: pd.DataFrame, kind: str) -> pd.DataFrame:
    return table[table["school_type"] == kind]


def _balance(table: pd.DataFrame, kind: str) -> list[str]:
    """Say how alike the schools are, and how many count once they are made alike."""
    own = _own(table, kind)
    own = own[own["std_difference"].notna()]
    if own.empty:
        return []
    far = own[own["std_difference"].abs() > ADJUSTABLE]
    worst = max(own.to_dict("records"), key=lambda row: abs(row["std_difference"]))
    text = (
        f"Balance: of {len(own)} shares {len(far)} differ by more than {ADJUSTABLE:g} standard "
        f"deviations before adjustment, {control_label(str(worst['control']))} most "
        f"({_plain(worst['std_difference'])})."
    )
    if worst["n_effective_adjusted"] == worst["n_effective_adjusted"]:
        text += (
            f" The regression makes them alike; with the weights that it gives them, the "
            f"{worst['n_schools_reference']:.0f} reference schools tell as much as "
            f"{worst['n_effective_adjusted']:.0f} of equal weight, and "
            f"{worst['negative_weight_pct']:.0f} % of their weight is negative."
        )
    return [text]


def _plain(value: float) -> str:
    return f"{value:+.2f}".replace("-", "\N{MINUS SIGN}")


def _overlap(table: pd.DataFrame, kind: str) -> list[str]:
    """Say which schools no reference school is like, and the estimate without them."""
    for row in _own(table, kind).to_dict("records"):
        if not row["n_beyond"]:
            return ["Overlap: every school has a comparable reference school."]
        text = (
            f"Overlap: {row['n_beyond']} of {row['n_schools']} schools have no comparable "
            f"reference school ({_first(row['schools_beyond'].split('; '))}); "
        )
        without = row["estimate"] == row["estimate"]
        return [
            text + (f"without them {_interval(row)}." if without else f"without them {row['note']}")
        ]
    return []


def _first(names: list[str], most: int = 3) -> str:
    """Return some names, and how many others there are."""
    more = f", and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _heterogeneity(table: pd.DataFrame, kind: str) -> list[str]:
    """Say which parts disagree, and which can't be told apart."""
    tests = _own(table, kind)
    tests = tests[(tests["subset"] == AGREE) & tests["p_value"].notna()]
    if tests.empty:
        return []
    said = [f"{row['variation']} ({_p(row['p_value'])})" for row in tests.to_dict("records")]
    disagree = [text for text, p in zip(said, tests["p_value"], strict=True) if p < 0.05]
    agree = [text for text, p in zip(said, tests["p_value"], strict=True) if p >= 0.05]
    parts = [
        f"differs {', '.join(disagree)}" if disagree else "",
        f"is not shown to differ {', '.join(agree)}" if agree else "",
    ]
    return [f"Heterogeneity: the difference {' and '.join(part for part in parts if part)}."]


def _variations(table: pd.DataFrame, kind: str) -> list[str]:
    """Say how far other estimators and controls move the estimate."""
    own = _own(table, kind)
    same = own["variation"].isin(["as asked", "standard errors", "wild bootstrap", "permutation"])
    other = own[~same & own["estimate"].notna() & ~own["variation"].isin(OTHER_QUESTIONS)]
    said = []
    if len(other):
        ordered = other.sort_values("estimate").to_dict("records")
        low, high = ordered[0], ordered[-1]
        said.append(
            f"Other ways to estimate it: from {_points(low['estimate'])} ({_named(low)}) to "
            f"{_points(high['estimate'])} ({_named(high)})."
        )
    tested = own[own["variation"].isin(["wild bootstrap", "permutation"]) & own["p_value"].notna()]
    if len(tested):
        by = ", ".join(f"{r['variation']} {_p(r['p_value'])}" for r in tested.to_dict("records"))
        said.append(f"Other inference: {by}.")
    return said


OTHER_QUESTIONS = ("mean score", "ladder", "by level", "by subject")
"""Variations that ask another question, or whose unit is another."""


def _named(row: Mapping[Any, Any]) -> str:
    return ", ".join(text for text in (row["variation"], row["subset"]) if text)


def _curve(curve: SpecificationCurve, kind: str) -> list[str]:
    """Say how far the choices move the estimate, and what they say together."""
    table = curve.summary
    rows = table[(table["school_type"] == kind) & (table["among"] == "core")].to_dict("records")
    if not rows or not rows[0]["n_estimated"]:
        return []
    row = rows[0]
    text = (
        f"Choices: over {row['n_estimated']:.0f} core specifications from "
        f"{_points(row['smallest'])} to {_points(row['largest'])}, median "
        f"{_points(row['median'])}; {_percent(row['positive'])} are above zero, "
        f"{_percent(row['positive_significant'])} with an interval above it and "
        f"{_percent(row['negative_significant'])} with one below."
    )
    if isinstance(row["moves_most"], str) and row["moves_most"]:
        text += (
            f" What moves it most is {row['moves_most']}, by {row['largest_mean_move']:.1f} on "
            f"average."
        )
    joint = _own(curve.joint, kind)
    tested = joint[joint["p_value"].notna()]
    if len(tested):
        by = ", ".join(f"{r['statistic']} {_p(r['p_value'])}" for r in tested.to_dict("records"))
        text += f" If the type differed in none of them, chance alone would give as much: {by}."
    return [text]


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _sensitivity(table: pd.DataFrame, kind: str) -> list[str]:
    """Say how strong a confounder would have to be, and what one like the controls would do."""
    rows = _own(table, kind).to_dict("records")
    if not rows:
        return []
    stated = rows[0]
    text = (
        f"Not measured: a confounder that explained {_percent(stated['robustness_value'])} of what "
        f"is left of the type and of the outcome would bring the estimate to zero"
    )
    to_interval = stated["robustness_value_interval"]
    if to_interval == to_interval and to_interval > 0:
        text += f", {_percent(to_interval)} its interval to hold zero"
    like = [row for row in rows[1:] if row["times"] == 1 and row["estimate"] == row["estimate"]]
    like = [row for row in like if not row["note"] or row["note"] == stated["note"]]
    if like:
        far = sorted(like, key=lambda row: abs(row["estimate"] - stated["estimate"]))
        least, most = (
            f"{_points(row['estimate'])} ({_benchmark(row)})" for row in (far[0], far[-1])
        )
        span = most if len(like) == 1 else f"between {least} and {most}"
        text += (
            f"; one that explains as much of both as a control, or a group of them, does would "
            f"leave {span}"
        )
    return [f"{text}."]


def _benchmark(row: Mapping[Hashable, Any]) -> str:
    """Return what a benchmark row is as strong as."""
    name = str(row["benchmark"])
    return f"the share {control_label(name)}" if name.endswith("_pct") else control_label(name)


def _misclassification(table: pd.DataFrame, kind: str) -> list[str]:
    """Say how far the estimate moves if schools are of another type."""
    own = _own(table, kind)
    own = own[(own["moves"] == "any") & own["estimate"].notna()]
    said = []
    for count in sorted({1, own["n_moved"].max()}) if len(own) else []:
        # A direction ends early where no further school takes the estimate further.
        reached = own[own["n_moved"] <= count].sort_values("n_moved").groupby("direction").tail(1)
        some = reached["estimate"]
        schools = "one school" if count == 1 else f"{count:.0f} schools"
        least = "" if count == 1 else " at least"
        said.append(
            f"{schools} of another type {'moves' if count == 1 else 'move'} it{least} to between "
            f"{_points(some.min())} and {_points(some.max())}"
        )
    return [f"Roster: {'; '.join(said)}."] if said else []


def _left_out(row: Mapping[Any, Any]) -> str:
    """Return the words for what is left out; a name without its district."""
    if row["left_out"] == "type":
        return type_label(str(row["which"]))
    return str(row["name"] or row["which"]).rpartition(" - ")[2]


def _influence(table: pd.DataFrame, kind: str) -> list[str]:
    """Say which schools, operators and types the estimate hangs on."""
    own = _own(table, kind)
    own = own[own["estimate"].notna()].sort_values("estimate")
    said = []
    for left_out in ("school", "operator", "type"):
        rows = own[own["left_out"] == left_out].to_dict("records")
        if rows:
            low, high = rows[0], rows[-1]
            text = f"without one {left_out} from {_points(low['estimate'])} ({_left_out(low)})"
            said.append(f"{text} to {_points(high['estimate'])} ({_left_out(high)})")
    return [f"Influence: {'; '.join(said)}."] if said else []


TELL: dict[str, Callable[[Any, str], list[str]]] = {
    "variations": _variations,
    "curve": _curve,
    "sensitivity": _sensitivity,
    "misclassification": _misclassification,
    "balance": _balance,
    "overlap": _overlap,
    "influence": _influence,
    "heterogeneity": _heterogeneity,
}
"""What says a part, in the order of the summary."""
