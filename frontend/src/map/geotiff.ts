/** A GeoTIFF as base map, read by ranges in the browser. */

import type BaseLayer from "ol/layer/Base";
import WebGLTileLayer from "ol/layer/WebGLTile";
import GeoTIFF from "ol/source/GeoTIFF";
import type { BaseMap } from "./types";

export function geotiffLayer(base: BaseMap): BaseLayer {
  return new WebGLTileLayer({ source: new GeoTIFF({ sources: [{ url: base.url }], convertToRGB: "auto" }) });
}
