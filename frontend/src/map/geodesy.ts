/** The projection and the measuring of the map: EPSG:4490 degrees, ellipsoid of CGCS2000. */

import type { Coordinate as OlCoordinate } from "ol/coordinate";
import { get as getProjection } from "ol/proj";
import { register } from "ol/proj/proj4";
import TileGrid from "ol/tilegrid/TileGrid";
import proj4 from "proj4";

export const CODE = "EPSG:4490";
const A = 6378137;
const F = 1 / 298.257222101;
const B = A * (1 - F);
const E2 = 1 - (B * B) / (A * A);
const RADIANS = Math.PI / 180;

export function setUpProjection(): void {
  proj4.defs(CODE, "+proj=longlat +ellps=GRS80 +no_defs +type=crs");
  register(proj4);
  const projection = getProjection(CODE);
  if (!projection) throw new Error("EPSG:4490 is not registered");
  projection.setExtent([-180, -90, 180, 90]);
  projection.setWorldExtent([-180, -90, 180, 90]); // the graticule fails without it
  projection.setGlobal(true);
}

/** The degree grid of the tiles: origin -180, 90; 2 × 1 tiles at level 0. */
export const tileGrid = new TileGrid({
  extent: [-180, -90, 180, 90],
  origin: [-180, 90],
  resolutions: Array.from({ length: 20 }, (_, z) => 180 / 256 / 2 ** z),
  tileSize: 256,
});

/** Metres of one degree of latitude and of longitude at a latitude in degrees. */
export function metresPerDegree(latitude: number): { north: number; east: number } {
  const s = Math.sin(latitude * RADIANS);
  const w = Math.sqrt(1 - E2 * s * s);
  return { north: ((A * (1 - E2)) / w ** 3) * RADIANS, east: (A / w) * Math.cos(latitude * RADIANS) * RADIANS };
}

/** Length in metres of a line in degrees, edge by edge with the radii at each edge's mid-latitude (good to 1e-6 within a city). */
export function lineLength(points: OlCoordinate[]): number {
  let sum = 0;
  for (let i = 1; i < points.length; i++) {
    const [x0, y0] = points[i - 1];
    const [x1, y1] = points[i];
    const { north, east } = metresPerDegree((y0 + y1) / 2);
    sum += Math.hypot((x1 - x0) * east, (y1 - y0) * north);
  }
  return sum;
}

/** Ellipsoidal area in square metres of a ring in degrees, by the formula of TD/T 1055 (the same as the server's). */
export function ringArea(ring: OlCoordinate[]): number {
  const e4 = E2 * E2;
  const e6 = e4 * E2;
  const e8 = e4 * e4;
  const c = [
    1 + (3 / 6) * E2 + (30 / 80) * e4 + (35 / 112) * e6 + (630 / 2304) * e8,
    (1 / 6) * E2 + (15 / 80) * e4 + (21 / 112) * e6 + (420 / 2304) * e8,
    (3 / 80) * e4 + (7 / 112) * e6 + (180 / 2304) * e8,
    (1 / 112) * e6 + (45 / 2304) * e8,
    (5 / 2304) * e8,
  ];
  let sum = 0;
  for (let i = 0; i < ring.length; i++) {
    const [l0, b0] = ring[i];
    const [l1, b1] = ring[(i + 1) % ring.length];
    const dl = ((l0 + l1) / 2 - ring[0][0]) * RADIANS;
    const db = (b1 - b0) * RADIANS;
    const bm = ((b0 + b1) / 2) * RADIANS;
    let series = 0;
    for (let k = 0; k < 5; k++) series += (k % 2 ? -1 : 1) * c[k] * Math.sin(((2 * k + 1) * db) / 2) * Math.cos((2 * k + 1) * bm);
    sum += 2 * B * B * dl * series;
  }
  return Math.abs(sum);
}

/** The scale denominator at a map resolution in degrees per CSS pixel (0.28 mm pixel, OGC). */
export function scaleDenominator(resolution: number, latitude: number): number {
  return (resolution * metresPerDegree(latitude).north) / 0.00028;
}
