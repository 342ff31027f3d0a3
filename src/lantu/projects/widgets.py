"""A ground drawn on the map, as a field of a form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from lantu.blueprints.drawing import map_settings


class DrawnShape(forms.Widget):
    """Draws one polygon on the small map into the field: GeoJSON in degrees (EPSG:4490), blank while nothing is drawn. One on a page.

    ``around``: a GeoJSON FeatureCollection that is shown beneath and snapped to, e.g. the sites there are. Set on the widget of a form.
    """

    around: dict[str, Any] | None = None

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        """The hidden field, the map and its buttons."""
        key = (attrs or {}).get("id", f"id_{name}")
        context = {
            "name": name,
            "id": key,
            "value": value or "",
            "map_label": _("地图：点「画面」后逐点单击；也可以改用粘贴坐标"),
            "around": self.around,
            "settings": map_settings(),
        }
        return render_to_string("projects/parts/draw.html", context)

    def id_for_label(self, id_: str) -> str:
        """The map itself takes the focus; the field is hidden."""
        return "amap"
