/** What both pages lay under their work: districts, plans in force, the picture of the sheet. */

import MVT from "ol/format/MVT";
import ImageLayer from "ol/layer/Image";
import VectorTileLayer from "ol/layer/VectorTile";
import Projection from "ol/proj/Projection";
import ImageStatic from "ol/source/ImageStatic";
import VectorTileSource from "ol/source/VectorTile";
import { Fill, Stroke, Style } from "ol/style";
import { CODE, tileGrid } from "../map/geodesy";
import type { Sheet } from "./api";

/** Outlines of the districts. */
export function districts(): VectorTileLayer {
  return new VectorTileLayer({
    source: new VectorTileSource({ format: new MVT(), url: "/tiles/districts/{z}/{x}/{y}.mvt", projection: CODE, tileGrid, maxZoom: 14 } as never),
    style: new Style({ stroke: new Stroke({ color: "#8795A1", width: 1, lineDash: [6, 3] }), fill: new Fill({ color: "rgba(255,255,255,.25)" }) }),
  });
}

/** The picture as it was scanned, in a plane of its own: x right, y up from the lower edge. */
export function picture(sheet: Sheet): { layer: ImageLayer<ImageStatic>; projection: Projection; extent: number[] } {
  const extent = [0, 0, sheet.width, sheet.height];
  const projection = new Projection({ code: "sheet", units: "pixels", extent });
  return { layer: new ImageLayer({ source: new ImageStatic({ url: sheet.picture, projection, imageExtent: extent }) }), projection, extent };
}

/** The sheet drawn north up in degrees. */
export function warped(sheet: Sheet): ImageLayer<ImageStatic> | null {
  if (!sheet.warped) return null;
  return new ImageLayer({ source: new ImageStatic({ url: sheet.warped, projection: CODE, imageExtent: sheet.bounds }), opacity: 0.7 });
}
