"""Official layouts, state by state, and `load_file`, which recognises a file by its content."""

from autonomy_stats.loaders.load import LoadedFile, load_file

__all__ = ["LoadedFile", "load_file"]
