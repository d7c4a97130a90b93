"""Official layouts, state by state, and `load_file`, which recognises a file by its content."""

from autonomy_stats.loaders.load import load_file
from autonomy_stats.loaders.loaded_file import LoadedFile

__all__ = ["LoadedFile", "load_file"]
