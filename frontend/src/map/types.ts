/** What the map page's endpoints give (`docs/rooms.md`, blueprints). Coordinates are degrees in EPSG:4490, longitude first. */

export type Coordinate = [number, number];
export type Extent = [number, number, number, number];

export interface BaseMap {
  id: string;
  title: string;
  kind: "wms" | "wmts" | "xyz" | "tianditu" | "geotiff" | "mbtiles";
  url: string;
  params: Record<string, string>;
  attribution: string;
}

export interface Context {
  center: Coordinate;
  extent: Extent;
  demo: boolean;
  release: { id: number; number: string; date: string } | null;
  run: { id: number; label: string } | null;
  runs: { id: number; label: string }[];
  basemaps: BaseMap[];
  districts: { code: string; name: string }[];
}

export interface LayerStyle {
  fill?: string;
  stroke?: string;
  width?: number;
  dash?: number[] | null;
  hatch?: string | null;
}

export interface LegendEntry extends LayerStyle {
  code: string;
  label: string;
}

export interface LayerInfo {
  code: string;
  title: string;
  kind: "findings" | "plan" | "living" | "districts";
  tiles: string;
  geometry: string;
  style: LayerStyle;
  legend: LegendEntry[];
  visible: boolean;
  opacity: number;
  release: string | null;
  demo: boolean;
}

export interface LayerGroup {
  key: string;
  title: string;
  layers: LayerInfo[];
}

export interface Amount {
  count: number;
  area_m2: number;
}

export interface FindingRow {
  id: number;
  number: string;
  severity: number;
  type: string;
  title: string;
  place: string;
  departments: string[];
  area_m2: number;
  center: Coordinate;
  bbox: Extent;
  url: string;
}

export interface FindingList {
  total: Amount;
  by_severity: Record<string, Amount>;
  slivers: Amount;
  cut: boolean;
  rows: FindingRow[];
}

export interface HereRow {
  layer: string;
  title: string;
  state: "patch" | "hit" | "clear" | "gap" | "overlap";
  text: string;
  code: string;
  color: string;
  source: string;
  distance_m: number | null;
  url: string;
}

export interface Here {
  place: string;
  rows: HereRow[];
  findings: { id: number; number: string; severity: number; title: string; url: string }[];
}

export interface Place {
  label: string;
  kind: string;
  center: Coordinate;
  bbox: Extent | null;
}
