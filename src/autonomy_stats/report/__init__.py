"""The report page of a run: one HTML file that needs nothing beside it.

It is made of a finished run's tables and drawings, and reads no raw file.
"""

from autonomy_stats.report.inputs import ReportFigure, ReportInputs
from autonomy_stats.report.page import build

__all__ = ["ReportFigure", "ReportInputs", "build"]
