"""What results depend on: the machine, how busy it is, and what a process has held."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from typing import Any

from autonomy_stats import __version__

__all__ = ["load_average", "machine", "peak_mb", "r_is_there"]


def machine() -> dict[str, Any]:
    """Return cores, system, Python and the version of the package."""
    return {
        "cores": len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "autonomy-stats": __version__,
    }


def load_average() -> float:
    """Return how busy the machine is."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")


def peak_mb() -> float:
    """Return the most memory that this process has held, in MiB."""
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (2**20 if sys.platform == "darwin" else 2**10)


def r_is_there() -> bool:
    """Return whether R and clubSandwich are installed."""
    if shutil.which("Rscript") is None:
        return False
    command = ["Rscript", "-e", "suppressMessages(library(clubSandwich))"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
