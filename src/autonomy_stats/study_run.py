"""What a run of the study tells."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autonomy_stats.errors import AutonomyStatsError, MissingDataError
from autonomy_stats.texts import with_usual_texts

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FigureResult", "StudyRun", "recorded", "restored", "told", "undrawn"]


@dataclass(frozen=True)
class FigureResult:
    """What became of one figure.

    Parameters
    ----------
    figure_id, title : str
        Which figure.
    status : {"drawn", "skipped", "failed"}
        Skipped: the raw files at hand do not hold what it needs. Failed: a file that it needs
        is broken, or does not support the estimate.
    reason : str
        Why it was not drawn, and what to do; empty if it was.
    needs : tuple of str
        Official files that hold what it needs, in words.
    sources : pandas.DataFrame or None
        Files that it was drawn from.
    simulated : bool
        Whether simulated files have a part in it.
    frame : pandas.DataFrame or None
        Its numbers; None if it was not drawn.
    """

    figure_id: str
    title: str
    status: str
    reason: str
    needs: tuple[str, ...]
    sources: pd.DataFrame | None = field(default=None, repr=False)
    simulated: bool = False
    frame: pd.DataFrame | None = field(default=None, repr=False)


def undrawn(
    figure_id: str,
    title: str,
    needs: tuple[str, ...],
    problem: AutonomyStatsError,
    spoiled: Collection[str],
) -> FigureResult:
    """Return what became of a figure that was not drawn.

    Parameters
    ----------
    figure_id, title, needs
        As in `FigureResult`.
    problem : AutonomyStatsError
        Why not.
    spoiled : collection of str
        What is wrong with damaged files: one of them may be the one that is missing.
    """
    absent = isinstance(problem, MissingDataError) and not spoiled
    return FigureResult(figure_id, title, "skipped" if absent else "failed", str(problem), needs)


@dataclass(frozen=True)
class StudyRun:
    """A finished run.

    Parameters
    ----------
    out : pathlib.Path
        Folder of the results.
    figures : tuple of FigureResult
        What became of each figure.
    joins : pandas.DataFrame
        Join report of every panel that was drawn from, by figure.
    unreadable : tuple of str
        Files of the raw folder that are damaged, each with what to do.
    unrecognised : tuple of pathlib.Path
        Files of the raw folder that fit no layout; they were passed over.
    unchanged : bool
        Whether nothing was made anew, since the folder holds the results of the same run.
    scorecard : pandas.DataFrame or None
        The report's claims with a verdict each (`autonomy_stats.scorecard.score`); None where only
        some figures were asked for.
    """

    out: Path
    figures: tuple[FigureResult, ...]
    joins: pd.DataFrame = field(repr=False)
    unreadable: tuple[str, ...] = ()
    unrecognised: tuple[Path, ...] = ()
    scorecard: pd.DataFrame | None = field(default=None, repr=False)
    unchanged: bool = False

    @property
    def drawn(self) -> list[str]:
        """Ids of the figures that were drawn."""
        return [result.figure_id for result in self.figures if result.status == "drawn"]

    @property
    def simulated(self) -> bool:
        """Whether any figure was drawn from simulated files; `figures` says which."""
        return any(result.simulated for result in self.figures)

    @property
    def ok(self) -> bool:
        """Whether nothing failed; a figure may still have been skipped for want of a file."""
        return all(result.status != "failed" for result in self.figures)


def told(run: StudyRun) -> StudyRun:
    """Return a run as its caller is told of it: its tables hold texts as any other table does."""
    figures = tuple(
        replace(one, sources=_usual(one.sources), frame=_usual(one.frame)) for one in run.figures
    )
    joins, card = with_usual_texts(run.joins), _usual(run.scorecard)
    return replace(run, figures=figures, joins=joins, scorecard=card)


def _usual(frame: pd.DataFrame | None) -> pd.DataFrame | None:
    return None if frame is None else with_usual_texts(frame)


def recorded(run: StudyRun) -> dict[str, Any]:
    """Return what `restored` needs to tell the run again, as JSON can hold it."""
    return {
        "figures": [
            {
                "figure_id": result.figure_id,
                "title": result.title,
                "status": result.status,
                "reason": result.reason,
                "needs": list(result.needs),
                "sources": None if result.sources is None else result.sources.to_dict("records"),
                "simulated": result.simulated,
            }
            for result in run.figures
        ],
        "unreadable": list(run.unreadable),
        "unrecognised": [str(path) for path in run.unrecognised],
        "scorecard": run.scorecard is not None,
    }


def restored(out: Path, record: dict[str, Any]) -> StudyRun:
    """Return a run as it was told before, its tables read from the folder of its results.

    Parameters
    ----------
    out : pathlib.Path
        Folder of the results.
    record : dict
        What `recorded` gave.
    """
    import pandas as pd

    def read(name: str) -> pd.DataFrame | None:
        path = out / name
        return pd.read_csv(path, keep_default_na=False) if path.is_file() else None

    figures = []
    for row in record["figures"]:
        sources, drawn = row["sources"], row["status"] == "drawn"
        kept = {name: row[name] for name in ("figure_id", "title", "status", "reason")}
        table = None if sources is None else pd.DataFrame(sources)
        if table is not None and table.empty:
            table = pd.DataFrame({"file": []})
        frame = pd.read_csv(out / f"{row['figure_id']}.csv") if drawn else None
        figures.append(
            FigureResult(
                **kept,
                needs=tuple(row["needs"]),
                sources=table,
                simulated=row["simulated"],
                frame=frame,
            )
        )
    joins = read("joins.csv")
    if joins is not None:
        joins = joins[joins["figure"].isin([one.figure_id for one in figures])]
    return StudyRun(
        out=out,
        figures=tuple(figures),
        joins=pd.DataFrame() if joins is None else joins,
        unreadable=tuple(record["unreadable"]),
        unrecognised=tuple(Path(path) for path in record["unrecognised"]),
        scorecard=_blank_texts(pd.read_csv(out / "scorecard.csv")) if record["scorecard"] else None,
        unchanged=True,
    )


def _blank_texts(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table read from a CSV with the texts that were empty."""
    texts = frame.select_dtypes(["object", "string"]).columns
    return frame.assign(**{name: frame[name].fillna("") for name in texts})
