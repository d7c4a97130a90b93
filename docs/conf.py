"""Sphinx settings. The build uses no network."""

from autonomy_stats import __version__

project = "autonomy-stats"
author = "The autonomy-stats developers"
project_copyright = author
release = version = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc"]
exclude_patterns = ["_build"]
default_role = "code"  # docstrings write names in single backticks

myst_heading_anchors = 3
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings give the types
numpydoc_show_class_members = False

html_theme = "furo"
html_title = f"autonomy-stats {release}"
html_copy_source = False
html_show_sphinx = False
