"""Join results, demographics and roster to one analysis panel, counting what does not join."""

from autonomy_stats.panel.load import Panel, load_panel

__all__ = ["Panel", "load_panel"]
