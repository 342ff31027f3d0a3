"""Reference systems one meets in a Chinese city, and guessing which one a file is in (domain 3.1, 3.2).

Axis order in this whole product is (east, north) or (longitude, latitude).
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field

import pyproj

Bounds = tuple[float, float, float, float]

CGCS2000, XIAN80, BEIJING54, WGS84 = "CGCS2000", "Xian80", "Beijing54", "WGS84"

_SERIES: tuple[tuple[str, int, int, int, int, bool], ...] = (
    # datum, first EPSG code, first zone, last zone, degrees, zone prefix in the easting
    (CGCS2000, 4513, 25, 45, 3, True),
    (CGCS2000, 4534, 25, 45, 3, False),
    (CGCS2000, 4491, 13, 23, 6, True),
    (CGCS2000, 4502, 13, 23, 6, False),
    (XIAN80, 2349, 25, 45, 3, True),
    (XIAN80, 2370, 25, 45, 3, False),
    (XIAN80, 2327, 13, 23, 6, True),
    (XIAN80, 2338, 13, 23, 6, False),
    (BEIJING54, 2401, 25, 45, 3, True),
    (BEIJING54, 2422, 25, 45, 3, False),
    (BEIJING54, 21413, 13, 23, 6, True),
    (BEIJING54, 21473, 13, 23, 6, False),
)
_GEOGRAPHIC = {4490: CGCS2000, 4610: XIAN80, 4214: BEIJING54, 4326: WGS84}
_UTM_ZONES = range(43, 54)  # WGS 84 / UTM, northern half: the zones over China
WEB_MERCATOR = 3857
LOCAL_EPSG = 0
"""Stands for a city's independent system (城市独立坐标系), which has no code; only a parameter set can lead out of it."""
LOCAL = "Local"
OLD_DATUMS = frozenset({XIAN80, BEIJING54})


@dataclass(frozen=True, slots=True)
class Frame:
    """A reference system: EPSG code, datum, and for Gauss–Krüger zones their number, width and prefix."""

    epsg: int
    datum: str
    name: str
    geographic: bool = False
    zone: int | None = None
    degrees: int | None = None
    prefixed: bool = False

    @property
    def central_meridian(self) -> float | None:
        """Degrees east, for Gauss–Krüger zones."""
        if self.zone is None:
            return None
        return 3.0 * self.zone if self.degrees == 3 else 6.0 * self.zone - 3


@dataclass(frozen=True, slots=True)
class FrameGuess:
    """A guess with its reasons: ``certainty`` is ``sure``, ``likely`` or ``unknown``; candidates best first."""

    frame: Frame | None
    certainty: str
    evidence: tuple[str, ...]
    candidates: tuple[Frame, ...] = ()
    warnings: tuple[str, ...] = field(default=())
    """Codes: ``axes-swapped``, ``two-zones``, ``wrong-frame-declared``, ``wrong-zone-prefix``, ``millimetres``, ``out-of-city``,
    ``gcj02-possible``."""


def _gauss_krueger() -> dict[int, Frame]:
    frames = {}
    for datum, first, zone0, zone1, degrees, prefixed in _SERIES:
        for zone in range(zone0, zone1 + 1):
            epsg = first + zone - zone0
            meridian = 3 * zone if degrees == 3 else 6 * zone - 3
            kind = f"{degrees}°带 {zone} 号" if prefixed else f"{degrees}°带 CM {meridian}E"
            frames[epsg] = Frame(epsg, datum, f"{datum} {kind}", False, zone, degrees, prefixed)
    return frames


def _wgs84_projections() -> dict[int, Frame]:
    # UTM zone n has the central meridian of the 6° Gauss–Krüger zone n − 30
    utm = {32600 + n: Frame(32600 + n, WGS84, f"WGS84 UTM {n}N", False, n - 30, 6) for n in _UTM_ZONES}
    return utm | {WEB_MERCATOR: Frame(WEB_MERCATOR, WGS84, "WGS84 Web Mercator")}


KNOWN: dict[int, Frame] = (
    _gauss_krueger() | _wgs84_projections() | {epsg: Frame(epsg, datum, datum, geographic=True) for epsg, datum in _GEOGRAPHIC.items()}
)


@functools.lru_cache(maxsize=256)
def frame(epsg: int) -> Frame:
    """The frame of an EPSG code; codes outside the Chinese registry are described by PROJ. Raises ``ValueError`` if PROJ knows none."""
    if epsg in KNOWN:
        return KNOWN[epsg]
    if epsg == LOCAL_EPSG:
        return Frame(LOCAL_EPSG, LOCAL, "城市独立坐标系")
    try:
        crs = pyproj.CRS.from_epsg(epsg)
    except pyproj.exceptions.CRSError as error:
        raise ValueError(f"EPSG:{epsg}") from error
    datum = crs.geodetic_crs.datum.name if crs.geodetic_crs and crs.geodetic_crs.datum else crs.name
    return Frame(epsg, WGS84 if datum.startswith("World Geodetic System 1984") else datum, crs.name, crs.is_geographic)


def frame_of_wkt(wkt: str) -> Frame | None:
    """The frame that a file's own definition (WKT, PROJ or ``EPSG:n``) names; None when it cannot be tied to a code."""
    try:
        crs = pyproj.CRS.from_user_input(wkt)
    except pyproj.exceptions.CRSError:
        return None
    epsg = crs.to_epsg(min_confidence=60)
    return frame(epsg) if epsg else _by_parameters(crs)


def _by_parameters(crs: pyproj.CRS) -> Frame | None:
    """ESRI's .prj names no code: find the zone by datum, central meridian and false easting."""
    if not crs.is_projected or crs.geodetic_crs is None:
        return None
    text = f"{crs.name} {crs.geodetic_crs.name} {crs.geodetic_crs.datum.name if crs.geodetic_crs.datum else ''}".lower()
    datum = next(
        (
            datum
            for words, datum in (
                (("cgcs2000", "china_2000", "china 2000", "cgcs 2000"), CGCS2000),
                (("xian", "xi'an"), XIAN80),
                (("beijing",), BEIJING54),
            )
            if any(word in text for word in words)
        ),
        None,
    )
    values = {parameter.name: float(parameter.value) for parameter in (crs.coordinate_operation.params if crs.coordinate_operation else [])}
    meridian, easting = values.get("Longitude of natural origin"), values.get("False easting")
    if datum is None or meridian is None or easting is None:
        return None
    for candidate in KNOWN.values():
        offset = 500000 + (1_000_000 * candidate.zone if candidate.prefixed and candidate.zone else 0)
        if candidate.datum == datum and candidate.central_meridian == meridian and offset == easting:
            return candidate
    return None


def _inside(inner: Bounds, outer: Bounds, slack: float) -> bool:
    return inner[0] >= outer[0] - slack and inner[1] >= outer[1] - slack and inner[2] <= outer[2] + slack and inner[3] <= outer[3] + slack


def _meets(a: Bounds, b: Bounds) -> bool:
    return a[0] <= b[2] and a[2] >= b[0] and a[1] <= b[3] and a[3] >= b[1]


def city_bounds_in(candidate: Frame, city: Bounds) -> Bounds:
    """The city's box (degrees, EPSG:4490 or WGS84) in a frame.

    Old datums are projected as if they were CGCS2000: good to 200 m, enough for a guess.
    """
    if candidate.geographic:
        return city
    twin = candidate.epsg
    if candidate.datum in OLD_DATUMS:
        twin = next(
            f.epsg
            for f in KNOWN.values()
            if (f.datum, f.zone, f.degrees, f.prefixed) == (CGCS2000, candidate.zone, candidate.degrees, candidate.prefixed)
        )
    base = 4490 if candidate.datum in (CGCS2000, *OLD_DATUMS) else 4326
    transformer = pyproj.Transformer.from_crs(base, twin, always_xy=True)
    return transformer.transform_bounds(*city, densify_pts=21)


def detect_frame(bounds: Bounds, declared: str | int | None, city: Bounds, allowed: tuple[int, ...] = ()) -> FrameGuess:
    """Guess the frame of coordinates with the box ``bounds`` for a city with the box ``city`` (degrees, EPSG:4490).

    By metadata first, checked against magnitude; else by magnitude: degrees, eight-digit easting with zone prefix, six-digit easting.
    A file that says nothing and could be of several datums is never ``sure``; GCJ-02 cannot be told from degrees and is never guessed,
    only warned of. ``allowed`` = further EPSG codes of the city pack.
    """
    stated = _declared_frame(declared)
    said = _what_is_declared(stated, declared)
    if _two_zones(bounds):
        zones = f"{int(bounds[0] // 1e6)} 与 {int(bounds[2] // 1e6)}"
        return FrameGuess(None, "unknown", (said, f"横坐标的带号有 {zones}，一个文件里有两个带的坐标"), warnings=("two-zones",))
    if stated is not None:
        where = city_bounds_in(stated, city)
        if _inside(bounds, where, 0.5 if stated.geographic else 50_000.0):
            return FrameGuess(stated, "sure", (said, "坐标落在本市范围内"))
        if _meets(bounds, where):
            return FrameGuess(stated, "likely", (said, "部分坐标在本市范围外"), warnings=("out-of-city",))
    evidence = (said if stated is None else f"{said}，但坐标不在本市范围内", _magnitude(bounds))
    contradicted = ("wrong-frame-declared",) if stated is not None else ()
    candidates = [f for f in _candidates(bounds, allowed) if _meets(bounds, city_bounds_in(f, city))]
    if candidates:
        best = candidates[0]
        doubt = ("gcj02-possible",) if best.geographic else ()
        note = ("经纬度如取自互联网地图，可能是加密坐标（GCJ-02），从数值看不出，请向来源确认",) if doubt else ()
        lines = (*evidence, f"按 {best.name} 落在本市范围内", *note)
        return FrameGuess(best, "likely", lines, tuple(candidates), (*contradicted, *doubt))
    reason, warning = _why_nowhere(bounds, city, allowed)
    return FrameGuess(None, "unknown", (*evidence, reason), warnings=(*contradicted, warning))


def _why_nowhere(bounds: Bounds, city: Bounds, allowed: tuple[int, ...]) -> tuple[str, str]:
    """The likeliest mistake in coordinates that lie in the city in no known frame: sentence and warning code."""
    swapped = (bounds[1], bounds[0], bounds[3], bounds[2])
    if any(_meets(swapped, city_bounds_in(f, city)) for f in _candidates(swapped, allowed)):
        return "交换 X、Y 后落在本市范围内，坐标轴可能颠倒", "axes-swapped"
    if bounds[0] >= 1e7:
        offset = bounds[0] // 1e6 * 1e6
        bare = (bounds[0] - offset, bounds[1], bounds[2] - offset, bounds[3])
        fits = [f for f in _candidates(bare, ()) if f.datum == CGCS2000 and _meets(bare, city_bounds_in(f, city))]
        if fits:
            return f"去掉带号 {int(offset // 1e6)} 后按 {fits[0].name} 落在本市范围内，带号可能写错", "wrong-zone-prefix"
    small = (bounds[0] / 1000, bounds[1] / 1000, bounds[2] / 1000, bounds[3] / 1000)
    if bounds[0] > 4.6e7 and any(_meets(small, city_bounds_in(f, city)) for f in _candidates(small, allowed)):
        return "除以 1000 后落在本市范围内，单位可能是毫米", "millimetres"
    return "按已知坐标系都不在本市范围内", "out-of-city"


def _what_is_declared(stated: Frame | None, declared: str | int | None) -> str:
    if stated is not None:
        return f"文件声明 {stated.name}（EPSG:{stated.epsg}）"
    return "文件声明的坐标系不能识别" if declared else "文件没有声明坐标系"


def _declared_frame(declared: str | int | None) -> Frame | None:
    if isinstance(declared, int):
        declared = f"EPSG:{declared}"
    return frame_of_wkt(declared) if declared else None


def _looks_geographic(bounds: Bounds) -> bool:
    return -180 <= bounds[0] <= bounds[2] <= 180 and -90 <= bounds[1] <= bounds[3] <= 90


def _two_zones(bounds: Bounds) -> bool:
    """Eight-digit eastings whose first two digits differ: two zones in one file."""
    return bounds[0] >= 1.3e7 and bounds[2] < 4.6e7 and int(bounds[0] // 1e6) != int(bounds[2] // 1e6)


def _candidates(bounds: Bounds, allowed: tuple[int, ...]) -> list[Frame]:
    """Frames whose numbers have this magnitude, CGCS2000 first, then 3° before 6° zones."""
    if _looks_geographic(bounds):
        return [KNOWN[4490], KNOWN[4326]]
    extra = [frame(epsg) for epsg in allowed]
    prefix = int(bounds[0] // 1e6) if bounds[0] >= 1.3e7 else None
    ranked = [f for f in KNOWN.values() if not f.geographic and (f.prefixed and f.zone == prefix if prefix is not None else not f.prefixed)]
    order = {CGCS2000: 0, XIAN80: 1, BEIJING54: 2, WGS84: 3}
    return extra + sorted(ranked, key=lambda f: (order[f.datum], f.degrees or 0, abs((f.central_meridian or 0) - 108)))


def _magnitude(bounds: Bounds) -> str:
    if _looks_geographic(bounds):
        return f"数值像经纬度（{bounds[0]:.4f}, {bounds[1]:.4f}）"
    digits = len(str(int(abs(bounds[0]))))
    if digits == 8 and bounds[0] >= 1.3e7:
        return f"横坐标 8 位，带号 {int(bounds[0] // 1e6)}"
    return f"横坐标 {digits} 位，不带带号"
