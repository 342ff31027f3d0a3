/** Two maps that share one view: two releases, or two sets of layers, side by side. */

import OlMap from "ol/Map";
import View from "ol/View";
import Zoom from "ol/control/Zoom";
import MVT from "ol/format/MVT";
import VectorTileLayer from "ol/layer/VectorTile";
import VectorTileSource from "ol/source/VectorTile";
import { api } from "./api";
import { CODE, setUpProjection, tileGrid } from "./geodesy";
import { byId, make, settings as given, text } from "./page";
import { styleFunction } from "./symbols";
import type { Extent, LayerInfo } from "./types";

const settings = given as unknown as { extent: Extent; releases: { run: number }[] } & typeof given;
const SIDES = ["left", "right"] as const;
type Side = (typeof SIDES)[number];

setUpProjection();
const view = new View({ projection: CODE, center: [106.6, 26.7], zoom: 9, minZoom: 7, maxZoom: 20, enableRotation: false });
const maps = {} as Record<Side, OlMap>;

function tileLayer(info: LayerInfo, zIndex: number): VectorTileLayer {
  return new VectorTileLayer({
    source: new VectorTileSource({ format: new MVT(), url: info.tiles, projection: CODE, tileGrid, overlaps: info.kind !== "plan" }),
    style: styleFunction(info),
    opacity: info.kind === "plan" ? info.opacity || 0.62 : 1,
    visible: info.visible,
    zIndex,
  });
}

async function show(side: Side): Promise<void> {
  const run = Number(byId<HTMLSelectElement>(`release-${side}`).value);
  const { groups } = await api.layers(run);
  const infos = groups.flatMap((group) => group.layers);
  const map = maps[side];
  for (const layer of map.getLayers().getArray().slice()) map.removeLayer(layer);
  const place = byId(`boxes-${side}`);
  place.textContent = "";
  infos.forEach((info, at) => {
    const layer = tileLayer(info, infos.length - at);
    map.addLayer(layer);
    const box = make("input", "", "", { type: "checkbox" });
    box.checked = info.visible;
    box.addEventListener("change", () => layer.setVisible(box.checked));
    place.append(make("li", "", [make("label", "", [box, document.createTextNode(` ${info.title}`)])]));
  });
}

function report(error: Error): void {
  byId("map-problem").hidden = false;
  byId("map-problem").textContent = text("failed", { what: error.message });
}

async function start(): Promise<void> {
  for (const side of SIDES) {
    maps[side] = new OlMap({ target: `map-${side}`, controls: side === "left" ? [new Zoom()] : [], view });
    byId(`release-${side}`).addEventListener("change", () => show(side).catch(report));
  }
  byId<HTMLSelectElement>("release-right").value = String(settings.releases[settings.releases.length - 1].run);
  view.fit(settings.extent, { size: maps.left.getSize() });
  // one after the other: a newer request for layers overtakes an older one
  for (const side of SIDES) await show(side);
  byId("map-left").dataset.ready = "true";
}

start().catch(report);
