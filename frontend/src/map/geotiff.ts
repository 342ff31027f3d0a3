/** A GeoTIFF as base map, read by ranges in the browser. */

import type BaseLayer from "ol/layer/Base";
import { register } from "ol/proj/proj4";
import proj4 from "proj4";
import WebGLTileLayer from "ol/layer/WebGLTile";
import GeoTIFF from "ol/source/GeoTIFF";
import type { BaseMap } from "./types";

export function geotiffLayer(base: BaseMap): BaseLayer {
  if (base.params.crs && base.params.definition) {
    proj4.defs(base.params.crs, base.params.definition);
    register(proj4);
  }
  return new WebGLTileLayer({ source: new GeoTIFF({ sources: [{ url: base.url }], convertToRGB: "auto" }) });
}
