"""Figures: `data(inputs)` makes a frame, `draw(frame)` draws it."""

from autonomy_stats.figures.effects import plot_effects
from autonomy_stats.figures.robustness_page import plot_robustness

__all__ = ["plot_effects", "plot_robustness"]
