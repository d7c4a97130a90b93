"""Put data into a page where escaping is not enough: in a script, and in a picture."""

from __future__ import annotations

import base64
import json

from markupsafe import Markup

from autonomy_stats.visible import visible

__all__ = ["picture", "script_data"]


def script_data(data: object) -> Markup:
    r"""Return data as JSON that can stand in a `<script>` element and cannot end it.

    Parameters
    ----------
    data : object
        Texts, finite numbers, None, lists and dictionaries of them.

    Examples
    --------
    >>> print(script_data({"name": "</script><!--"}))
    {"name":"\u003c/script\u003e\u003c!--"}
    """
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


def picture(svg: str) -> str:
    """Return an SVG as the address of an image that holds it.

    As an image it is a document of its own: its ids and styles meet no other figure's, nothing
    in it can run, and it loads nothing from elsewhere. What it says in text stands beside it.

    Examples
    --------
    >>> picture("<svg/>")
    'data:image/svg+xml;base64,PHN2Zy8+'
    """
    whole = visible(svg).encode("utf-8")
    return f"data:image/svg+xml;base64,{base64.b64encode(whole).decode('ascii')}"
