"""Bring the states' official files into the raw folder: the only part that uses the network.

Nothing here runs at import, nor in any other command. Which files there are, and where, is
data (`registry/<state>.toml`); what is already at hand is never fetched again.
"""

from autonomy_stats.fetch.address import DownloadError
from autonomy_stats.fetch.download import Policy
from autonomy_stats.fetch.registry import Entry, load_registry, select
from autonomy_stats.fetch.run import FetchResult, fetch_files

__all__ = [
    "DownloadError",
    "Entry",
    "FetchResult",
    "Policy",
    "fetch_files",
    "load_registry",
    "select",
]
