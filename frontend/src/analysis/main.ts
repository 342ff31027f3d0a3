/**
 * The small map on pages: draws a site or an outline into a form, shows shapes that the page lists, tells where was clicked.
 *
 * `#amap` is the map; `data-draw` names the field that takes the drawn polygon (or, with `data-kind="LineString"`, line) as GeoJSON, `data-shapes` the JSON script with the
 * features to show and to snap to, `data-places` the JSON script with the places at which a drawing was refused, `data-ask` the address
 * that a click opens with `lon` and `lat`.
 */

import Feature from "ol/Feature";
import OlMap from "ol/Map";
import View from "ol/View";
import ScaleLine from "ol/control/ScaleLine";
import GeoJSON from "ol/format/GeoJSON";
import MVT from "ol/format/MVT";
import { LineString, Point, type Polygon } from "ol/geom";
import { Draw, Modify, Snap } from "ol/interaction";
import VectorLayer from "ol/layer/Vector";
import VectorTileLayer from "ol/layer/VectorTile";
import VectorSource from "ol/source/Vector";
import VectorTileSource from "ol/source/VectorTile";
import { Circle, Fill, Stroke, Style } from "ol/style";
import { api } from "../map/api";
import { CODE, lineLength, ringArea, setUpProjection, tileGrid } from "../map/geodesy";
import { byId, format, make, text, token } from "../map/page";
import { selectionStyle, styleFunction } from "../map/symbols";
import type { LayerInfo } from "../map/types";
import { wireProfile } from "./profile";
import { ShapeList } from "./shapes";

const element = byId("amap");

function makeMap(): OlMap {
  setUpProjection();
  return new OlMap({
    target: element,
    controls: [new ScaleLine({ minWidth: 70 })],
    view: new View({ projection: CODE, center: [106.7, 26.6], zoom: 9, minZoom: 6, maxZoom: 20, constrainRotation: true, enableRotation: false }),
  });
}

/** The plan layers under the drawing; a chooser switches each on and off. */
async function showLayers(map: OlMap): Promise<void> {
  const groups = (await api.layers(undefined)).groups;
  const list = document.getElementById("amap-layers");
  const infos = groups.flatMap((group) => group.layers).filter((info) => info.kind !== "findings");
  infos.forEach((info, index) => {
    const layer = tileLayer(info, infos.length - index);
    map.addLayer(layer);
    if (!list) return;
    const box = make("input", "", "", { type: "checkbox" });
    box.checked = info.visible;
    box.addEventListener("change", () => layer.setVisible(box.checked));
    list.append(make("li", "", [make("label", "row", [box, make("span", "", info.title)])]));
  });
}

function tileLayer(info: LayerInfo, zIndex: number): VectorTileLayer {
  return new VectorTileLayer({
    source: new VectorTileSource({ format: new MVT(), projection: CODE, tileGrid, url: info.tiles }),
    style: styleFunction(info),
    visible: info.visible,
    opacity: info.kind === "plan" ? 0.5 : 1,
    zIndex,
    declutter: false,
  });
}

/** Drawing of one polygon or line into a field of the form. */
function wireDrawing(map: OlMap, field: HTMLInputElement, beside?: VectorSource): void {
  const source = new VectorSource();
  map.addLayer(new VectorLayer({ source, style: selectionStyle(2.6), zIndex: 5000 }));
  const type = element.dataset.kind === "LineString" ? "LineString" : "Polygon";
  const draw = new Draw({ source, type, style: selectionStyle(2.6) });
  const modify = new Modify({ source });
  const snaps = [source, ...(beside ? [beside] : [])].map((one) => new Snap({ source: one, pixelTolerance: 10 }));
  const writer = new GeoJSON({ dataProjection: CODE, featureProjection: CODE });
  const say = (): void => {
    const shape = source.getFeatures()[0]?.getGeometry() as Polygon | LineString | undefined;
    field.value = shape ? writer.writeGeometry(shape, { decimals: 9 }) : "";
    if (shape instanceof LineString) {
      byId("amap-area").textContent = text("lengthIs", { length: format.metres(lineLength(shape.getCoordinates())) });
      return;
    }
    const ring = shape?.getCoordinates()[0];
    byId("amap-area").textContent = ring ? text("areaIs", { ha: format.hectares(ringArea(ring.slice(0, -1))), perimeter: format.metres(lineLength(ring)) }) : text("hint");
  };
  draw.on("drawstart", () => source.clear());
  source.on("addfeature", () => window.setTimeout(say, 0));
  modify.on("modifyend", say);
  draw.on("drawend", () => choose(false));
  const start = byId<HTMLButtonElement>("amap-draw");
  const choose = (on: boolean): void => {
    start.setAttribute("aria-pressed", String(on));
    map.removeInteraction(on ? modify : draw);
    map.addInteraction(on ? draw : modify);
    for (const snap of snaps) {
      map.removeInteraction(snap); // snapping comes last, or it moves nothing
      map.addInteraction(snap);
    }
  };
  start.addEventListener("click", () => choose(start.getAttribute("aria-pressed") !== "true"));
  byId("amap-clear").addEventListener("click", () => {
    source.clear();
    say();
  });
  if (field.value) {
    source.addFeatures(writer.readFeatures(field.value));
    const extent = source.getExtent();
    if (extent) map.getView().fit(extent, { padding: [40, 40, 40, 40], maxZoom: 16 });
  }
  say();
}

/** Mark the places at which what was drawn was refused, and go to the first. */
function markPlaces(map: OlMap, script: string): void {
  const places = JSON.parse(document.getElementById(script)?.textContent ?? "[]") as [number, number][];
  if (!places.length) return;
  const color = token("--c-err");
  const style = new Style({ image: new Circle({ radius: 9, stroke: new Stroke({ color, width: 3 }), fill: new Fill({ color: "rgba(255,255,255,.6)" }) }) });
  map.addLayer(new VectorLayer({ source: new VectorSource({ features: places.map((place) => new Feature(new Point(place))) }), style, zIndex: 6000 }));
  map.getView().setCenter(places[0]);
  map.getView().setZoom(17);
}

/** A click asks about the place (why is it not among the candidates?). */
function wireAsking(map: OlMap, address: string): void {
  map.on("singleclick", (event) => {
    const [lon, lat] = event.coordinate;
    const url = new URL(address, location.href);
    url.searchParams.set("lon", lon.toFixed(7));
    url.searchParams.set("lat", lat.toFixed(7));
    byId("amap-area").textContent = text("why");
    void fetch(url, { headers: { "HX-Request": "true" }, credentials: "same-origin" })
      .then((response) => response.text())
      .then((html) => {
        // our own server's fragment, rendered by the same templates as the page
        byId("amap-answer").innerHTML = html;
        byId("amap-area").textContent = "";
      })
      .catch((error: Error) => (byId("amap-area").textContent = text("failed", { what: error.message })));
  });
}

/** Once the map has a size: in a tab or a fold that opens later it has none at first. */
function seen(map: OlMap): Promise<void> {
  new ResizeObserver(() => map.updateSize()).observe(element);
  return new Promise((resolve) => {
    const look = (): void => {
      const [width, height] = map.getSize() ?? [0, 0];
      if (!width || !height) return;
      map.un("change:size", look);
      resolve();
    };
    map.on("change:size", look);
    look();
  });
}

async function start(): Promise<void> {
  const map = makeMap();
  await seen(map);
  const context = await api.context();
  map.getView().fit(context.extent, { size: map.getSize(), padding: [20, 20, 20, 20] });
  const { draw, shapes, places, ask } = element.dataset;
  const list = shapes ? new ShapeList(map, shapes) : undefined;
  list?.wire();
  if (draw) wireDrawing(map, byId<HTMLInputElement>(draw), list?.source);
  if (places) markPlaces(map, places);
  if (ask) wireAsking(map, ask);
  wireProfile(map);
  byId("amap-in").addEventListener("click", () => map.getView().animate({ zoom: (map.getView().getZoom() ?? 9) + 1, duration: 120 }));
  byId("amap-out").addEventListener("click", () => map.getView().animate({ zoom: (map.getView().getZoom() ?? 9) - 1, duration: 120 }));
  await showLayers(map);
  element.dataset.ready = "true";
}

start().catch((error: Error) => (byId("amap-area").textContent = text("failed", { what: error.message })));
