"""Figures: `data(inputs)` makes a frame, `draw(frame)` draws it."""

from autonomy_stats.figures.effects import plot_effects

__all__ = ["plot_effects"]
