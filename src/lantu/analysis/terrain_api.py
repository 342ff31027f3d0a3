"""Endpoints of heights: rasters, profiles."""

# Annotations stay objects here: ninja cannot resolve strings through the decorator that guards access.
import json
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import File, Form, Router, Status
from ninja.files import UploadedFile

from lantu.analysis import selectors
from lantu.analysis.models import HeightRaster, Profile
from lantu.analysis.permissions import USERS
from lantu.analysis.schemas import ProfileIn, ProfileOut, RasterIn, RasterOut, RemoveIn, VerifyOut
from lantu.analysis.services import draw_profile, load_raster, remove_raster, verify_profile
from lantu.analysis.services.rasters import LOADERS, About, raster_named
from lantu.analysis.terrain import papers
from lantu.analysis.terrain.lines import line_from_text
from lantu.analysis.uploads import laid_out
from lantu.core.access import access
from lantu.core.errors import BadInput

router = Router(tags=["analysis"])


def raster_out(row: HeightRaster) -> RasterOut:
    """A raster as the API gives it."""
    same = ("number", "title", "source", "licence", "height_datum", "cell_m", "rows", "columns", "lowest_m", "highest_m", "void_share")
    return RasterOut(
        **{name: getattr(row, name) for name in (*same, "digest", "demo")},
        surveyed_on=row.surveyed_on.isoformat() if row.surveyed_on else "",
        box=[row.west, row.south, row.east, row.north],
        made_at=row.made_at.isoformat(),
        removed=row.removed_at is not None,
    )


@router.get("rasters", response=list[RasterOut], url_name="analysis-rasters", summary="高程栅格 Rasters of heights")
@access(*USERS, "sysadmin")
def rasters(request: HttpRequest) -> Any:
    """All of them, those out of use too."""
    return [raster_out(row) for row in HeightRaster.objects.all()[:500]]


@router.post("rasters", response={201: RasterOut}, url_name="analysis-load-raster", summary="载入高程栅格 Load a raster of heights")
@access(*LOADERS)
def load(request: HttpRequest, upload: File[list[UploadedFile]], data: Form[RasterIn]) -> Any:
    """GeoTIFF files, the tiles of one raster."""
    about = About.read(data.dict())
    with laid_out(upload) as files:
        row = load_raster(request.actor, [(one.name, one.path) for one in files], about)  # type: ignore[attr-defined]
    return Status(201, raster_out(row))


@router.post("rasters/{number}/remove", response=RasterOut, url_name="analysis-remove-raster", summary="停用高程栅格 Take out of use")
@access(*LOADERS)
def remove(request: HttpRequest, number: str, data: RemoveIn) -> Any:
    """Take a raster out of use, with the reason."""
    return raster_out(remove_raster(request.actor, raster_named(number), data.reason))  # type: ignore[attr-defined]


def profile_out(row: Profile) -> dict[str, Any]:
    """A profile as the API gives it."""
    return {**papers.record_of(row), "id": row.pk, "url": row.get_absolute_url()}


@router.post("profiles", response={201: ProfileOut}, url_name="analysis-draw-profile", summary="剖面 The profile along a line")
@access(*USERS)
def draw(request: HttpRequest, data: ProfileIn) -> Any:
    """Draw a profile and keep the record."""
    if (data.line is None) == (not data.text.strip()):
        raise BadInput(_("线要正好给一种：line 或 text。"), how=_("请只填其中一项。"))
    line = line_from_text(json.dumps(data.line) if data.line is not None else data.text, data.epsg)
    row = draw_profile(request.actor, line, title=data.title, release=data.release, raster=data.raster)  # type: ignore[attr-defined]
    return Status(201, profile_out(row))


@router.get("profiles/{profile}", response=ProfileOut, url_name="analysis-profile", summary="剖面记录 A profile, whole")
@access(*USERS)
def one_profile(request: HttpRequest, profile: int) -> Any:
    """The whole record."""
    return profile_out(selectors.record(Profile, profile, request.actor))  # type: ignore[attr-defined]


@router.post("profiles/{profile}/verify", response=VerifyOut, url_name="analysis-profile-verify", summary="核验 Compute again and compare")
@access(*USERS)
def verify_one(request: HttpRequest, profile: int) -> Any:
    """Prove a record."""
    return verify_profile(request.actor, selectors.record(Profile, profile, request.actor))  # type: ignore[attr-defined]
