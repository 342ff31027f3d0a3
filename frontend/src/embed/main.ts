/** The map inside of another site's page: layers by the signed address, what is under the pointer, nothing else. */

import OlMap from "ol/Map";
import View from "ol/View";
import Zoom from "ol/control/Zoom";
import MVT from "ol/format/MVT";
import VectorTileLayer from "ol/layer/VectorTile";
import VectorTileSource from "ol/source/VectorTile";
import { CODE, setUpProjection, tileGrid } from "../map/geodesy";
import { byId, format, make, settings as given, text } from "../map/page";
import { styleFunction } from "../map/symbols";
import type { Extent, LayerInfo } from "../map/types";

const settings = given as unknown as { extent: Extent; layers: LayerInfo[] } & typeof given;

setUpProjection();
const map = new OlMap({ target: "map", controls: [new Zoom()], view: new View({ projection: CODE, center: [0, 0], zoom: 9, minZoom: 7, maxZoom: 20, enableRotation: false }) });

function tileLayer(info: LayerInfo, zIndex: number): VectorTileLayer {
  const source = new VectorTileSource({ format: new MVT(), url: info.tiles, projection: CODE, tileGrid, overlaps: info.kind !== "plan" });
  source.on("tileloaderror", () => {
    byId("map-problem").hidden = false;
    byId("map-problem").textContent = text("failed", { what: info.title });
  });
  const style = styleFunction(info);
  return new VectorTileLayer({
    source,
    // tiles for other programs say "code", those of the workbench "c"
    style: (feature) => style({ get: (name: string) => feature.get(name === "c" ? "code" : name) } as typeof feature),
    opacity: info.opacity,
    visible: info.visible,
    zIndex,
  });
}

settings.layers.forEach((info, at) => {
  const layer = tileLayer(info, settings.layers.length - at);
  map.addLayer(layer);
  const box = make("input", "", "", { type: "checkbox" });
  box.checked = info.visible;
  box.addEventListener("change", () => layer.setVisible(box.checked));
  byId("layer-boxes").append(make("li", "", [make("label", "", [box, document.createTextNode(info.title)])]));
});

map.on("singleclick", (event) => {
  const found: string[] = [];
  map.forEachFeatureAtPixel(event.pixel, (feature) => {
    const area = feature.get("area_m2");
    const parts = [feature.get("name") ?? feature.get("feature_id"), feature.get("code"), area === undefined ? "" : text("area", { n: format.hectares(Number(area)) })];
    found.push(parts.filter(Boolean).join("　"));
  });
  byId("map-live").textContent = found.join("；") || text("nothing");
});

map.getView().fit(settings.extent, { size: map.getSize() });
map.once("rendercomplete", () => (byId("map").dataset.ready = "true"));
