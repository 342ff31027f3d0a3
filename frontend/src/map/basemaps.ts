/** Configured base maps below everything: WMS, WMTS, XYZ (also served MBTiles), Tianditu, GeoTIFF. None is needed: districts are offline. */

import WMTSCapabilities from "ol/format/WMTSCapabilities";
import type BaseLayer from "ol/layer/Base";
import TileLayer from "ol/layer/Tile";
import TileWMS from "ol/source/TileWMS";
import WMTS, { optionsFromCapabilities } from "ol/source/WMTS";
import XYZ from "ol/source/XYZ";
import { CODE, tileGrid } from "./geodesy";
import type { BaseMap } from "./types";

async function wmts(base: BaseMap): Promise<BaseLayer> {
  const response = await fetch(base.url);
  const capabilities = new WMTSCapabilities().read(await response.text());
  const options = optionsFromCapabilities(capabilities, { layer: base.params.layer, matrixSet: base.params.matrixSet });
  if (!options) throw new Error(`WMTS ${base.title}: no layer ${base.params.layer}`);
  return new TileLayer({ source: new WMTS({ ...options, attributions: base.attribution }) });
}

/** Version 1.1.1 unless told otherwise: there longitude always comes first. `crs` for services that know no EPSG:4490. */
function wms(base: BaseMap): BaseLayer {
  const { crs, ...params } = base.params;
  const source = { url: base.url, params: { VERSION: "1.1.1", ...params }, projection: crs ?? CODE, attributions: base.attribution };
  return new TileLayer({ source: new TileWMS(source) });
}

function zooms(base: BaseMap): { minZoom?: number; maxZoom?: number } {
  const of = (name: string): number | undefined => (name in base.params ? Number(base.params[name]) : undefined);
  return { minZoom: of("minZoom"), maxZoom: of("maxZoom") };
}

/** Tianditu's `_c` sets are the degree grid with the level shifted by one. */
function tianditu(base: BaseMap): BaseLayer {
  const url = (z: number, x: number, y: number): string =>
    `${base.url}?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=${base.params.layer}&STYLE=default&TILEMATRIXSET=c&FORMAT=tiles&TILEMATRIX=${z + 1}&TILEROW=${y}&TILECOL=${x}&tk=${base.params.tk}`;
  return new TileLayer({
    source: new XYZ({ projection: CODE, tileGrid, attributions: base.attribution, tileUrlFunction: ([z, x, y]) => url(z, x, y) }),
  });
}

/** A layer for `base`; rejects with a readable error if the service does not answer. */
export async function baseLayer(base: BaseMap): Promise<BaseLayer> {
  switch (base.kind) {
    case "wms":
      return wms(base);
    case "wmts":
      return wmts(base);
    case "tianditu":
      return tianditu(base);
    case "geotiff":
      return (await import("./geotiff")).geotiffLayer(base); // its reader is large: loaded only when one is shown
    case "mbtiles":
      return new TileLayer({ source: new XYZ({ url: base.url, attributions: base.attribution, ...zooms(base) }) });
    case "xyz":
      return new TileLayer({
        source: new XYZ({ url: base.url, projection: base.params.crs ?? "EPSG:3857", attributions: base.attribution }),
      });
  }
}
