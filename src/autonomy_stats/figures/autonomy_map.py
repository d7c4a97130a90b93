"""All models by category of autonomy, beside the level that the report gives each.

The index that counts each category alike does not order the models as the report's levels do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from autonomy_stats.figures.autonomy_tables import CATEGORIES, CODINGS, TABLES
from autonomy_stats.figures.base import Facts, Inputs
from autonomy_stats.figures.stamp import keeps_mark, stamped
from autonomy_stats.figures.style import INK, MUTED, page, styled

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["FIGURE_ID", "NEEDS", "TITLE", "data", "draw"]

FIGURE_ID = "autonomy_map"
TITLE = "What each model of school decides for itself"
NEEDS = (Facts("autonomy"), Facts("autonomy_index"))
POINTS = {"full": 1.0, "partial": 0.5, "none": 0.0}
SHADES = {"full": "#08519c", "partial": "#9ecae1", "none": "#f7f7f7"}
LETTERS = {"full": "full", "partial": "part", "none": "none"}
MODELS = {table.model_id: table.model for table in TABLES}
ROW = 0.34
INDICES = {
    "index_lenient": ("lenient", "equal"),
    "index_strict": ("strict", "equal"),
    "index_ranked": ("lenient", "ranked"),
}


@keeps_mark
def data(inputs: Inputs) -> pd.DataFrame:
    """Return one row a model: the lenient and strict code of each category, and its indices.

    Returns
    -------
    pandas.DataFrame
        `model_id, model, level`, a column for each category and coding, and `index_lenient,
        index_strict` (categories count alike) and `index_ranked` (lenient, weights by the
        report's ranking), 0 to 6; most autonomous first.
    """
    matrix, index = inputs["autonomy"], inputs["autonomy_index"]
    wide = matrix.pivot(index="model_id", columns="category", values=["lenient", "strict"])
    wide.columns = wide.columns.map(lambda pair: f"{pair[1]}_{pair[0]}")
    order = [f"{category}_{coding}" for coding in ("lenient", "strict") for category in CATEGORIES]
    frame = wide[order].assign(
        model=wide.index.map(MODELS),
        level=matrix.drop_duplicates("model_id").set_index("model_id")["level"],
    )
    for name, (coding, weights) in INDICES.items():
        own = index[(index["coding"] == coding) & (index["weights"] == weights)]
        frame[name] = own.set_index("model_id")["autonomy_index"]
    frame = frame.reset_index().sort_values(
        ["index_lenient", "index_strict", "model_id"], ascending=[False, False, True]
    )
    return frame[["model_id", "model", "level", *order, *INDICES]].reset_index(drop=True)


def caption(frame: pd.DataFrame) -> str:
    """Return the caption."""
    low = frame.loc[frame["level"] == "low", "index_lenient"].max()
    middle = frame.loc[frame["level"] == "middle", "index_lenient"].min()
    return (
        f"Shade and word: the lenient coding of the report's Figures 12 to 22. {CODINGS} Index: "
        "full 1, partial 1/2, summed over six categories (0 to 6); ranked: categories weighted 6 "
        "to 1 by the report's ranking. Level: the report's own, which calls one model both middle "
        f"and low. The indices do not reproduce the levels: a low model reaches {low:.1f}, a "
        f"middle one has {middle:.1f}."
    )


@stamped
def draw(frame: pd.DataFrame) -> Figure:
    """Draw one row a model, one cell a category, darker for more autonomy."""
    count = len(frame)
    with styled():
        height = ROW * count + 0.65
        sheet = page(TITLE, "Eleven models in six categories", caption(frame), height, width=10.0)
        axes = sheet.axes(2.75, 0.05, 6.7, height - 0.6)
        heights = np.arange(count)[::-1]
        for column, category in enumerate(CATEGORIES):
            for row, code in zip(heights, frame[f"{category}_lenient"], strict=True):
                axes.barh(row, 0.94, height=0.9, left=column + 0.03, color=SHADES[code])
                axes.text(
                    column + 0.5,
                    row,
                    LETTERS[code],
                    ha="center",
                    va="center",
                    fontsize=8,
                    color="white" if code == "full" else INK,
                )
        _columns(axes, frame, heights)
        words = [n.replace(" and ", ",\n").replace(" ", "\n", 1) for n in CATEGORIES.values()]
        axes.set_xticks(np.arange(len(CATEGORIES)) + 0.5, words, fontsize=8)
        axes.xaxis.tick_top()
        axes.set_yticks(heights, frame["model"])
        axes.tick_params(length=0)
        axes.set_xlim(0, len(CATEGORIES) + 3.6)
        axes.set_ylim(-0.55, count - 0.45)
        for side in axes.spines.values():
            side.set_visible(False)
    return sheet.figure


def _columns(axes: object, frame: pd.DataFrame, heights: np.ndarray) -> None:
    """Write the level and the indices to the right of the cells."""
    start = len(CATEGORIES)
    texts = {
        "level": [level.replace(";", ", ") for level in frame["level"]],
        "lenient": [f"{value:.1f}" for value in frame["index_lenient"]],
        "strict": [f"{value:.1f}" for value in frame["index_strict"]],
        "ranked": [f"{value:.1f}" for value in frame["index_ranked"]],
    }
    for offset, (name, values) in zip((0.75, 1.75, 2.45, 3.15), texts.items(), strict=True):
        axes.text(  # type: ignore[attr-defined]
            start + offset, len(frame) - 0.3, name, ha="center", va="bottom", fontsize=8
        )
        for row, value in zip(heights, values, strict=True):
            axes.text(  # type: ignore[attr-defined]
                start + offset, row, value, ha="center", va="center", fontsize=8.5, color=MUTED
            )
