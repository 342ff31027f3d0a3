/** Before and after: two releases on one map with a swipe, the changed ground on top, and the releases on a time line. */

import Feature from "ol/Feature";
import type { FeatureLike } from "ol/Feature";
import OlMap from "ol/Map";
import View from "ol/View";
import GeoJSON from "ol/format/GeoJSON";
import MVT from "ol/format/MVT";
import VectorLayer from "ol/layer/Vector";
import VectorTileLayer from "ol/layer/VectorTile";
import { getRenderPixel } from "ol/render";
import type RenderEvent from "ol/render/Event";
import VectorSource from "ol/source/Vector";
import VectorTileSource from "ol/source/VectorTile";
import Fill from "ol/style/Fill";
import Stroke from "ol/style/Stroke";
import Style from "ol/style/Style";
import { CODE, scaleDenominator, setUpProjection, tileGrid } from "../map/geodesy";
import { announce, byId, format, make, settings as given, text, token } from "../map/page";
import { styleFunction } from "../map/symbols";
import type { Extent, LayerGroup, LayerInfo } from "../map/types";

interface Release {
  run: number;
  label: string;
  date: string;
}

interface CompareSettings {
  before: number;
  after: number;
  bounds: Extent | null;
  at: [number, number, number] | null;
  releases: Release[];
  changes: string;
}

const settings = given as unknown as CompareSettings & typeof given;
const SIDES = ["before", "after"] as const;
type Side = (typeof SIDES)[number];

const state: Record<Side, number> = { before: settings.before, after: settings.after };
const layersOf: Record<Side, Map<string, VectorTileLayer>> = { before: new Map(), after: new Map() };
const wanted = new Map<string, boolean>();

async function fetchJson<T>(address: string): Promise<T> {
  const response = await fetch(address, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (!response.ok) {
    const problem = (await response.json().catch(() => ({}))) as { what?: string; how?: string };
    throw new Error([problem.what ?? `HTTP ${response.status}`, problem.how].filter(Boolean).join("　"));
  }
  return (await response.json()) as T;
}

function report(error: Error): void {
  byId("map-problem").hidden = false;
  byId("map-problem").textContent = text("failed", { what: error.message });
}

/** Share of the map's width that shows the release before, 0 to 1. */
const swiped = (): number => Number(byId<HTMLInputElement>("swipe").value) / 100;

/** Cut a layer to its side of the swipe line. */
function clip(layer: VectorTileLayer, side: Side): void {
  layer.on("prerender", (event: RenderEvent) => {
    const context = event.context as CanvasRenderingContext2D;
    const size = map.getSize() ?? [0, 0];
    const x = swiped() * size[0];
    const [left, right] = side === "before" ? [0, x] : [x, size[0]];
    const corners = [[left, 0], [right, 0], [right, size[1]], [left, size[1]]].map((corner) => getRenderPixel(event, corner));
    context.save();
    context.beginPath();
    corners.forEach(([px, py], at) => (at ? context.lineTo(px, py) : context.moveTo(px, py)));
    context.closePath();
    context.clip();
  });
  layer.on("postrender", (event: RenderEvent) => (event.context as CanvasRenderingContext2D).restore());
}

function tileLayer(info: LayerInfo, side: Side, zIndex: number): VectorTileLayer {
  const layer = new VectorTileLayer({
    className: `side-${side}-${info.code}`, // a canvas of its own, so that the cut holds for this layer alone
    source: new VectorTileSource({ format: new MVT(), url: info.tiles, projection: CODE, tileGrid, overlaps: info.kind !== "plan" }),
    style: styleFunction(info),
    opacity: info.kind === "plan" ? info.opacity || 0.62 : 1,
    zIndex: info.kind === "findings" ? 1000 + zIndex : zIndex,
    visible: wanted.get(info.code) ?? false,
  });
  clip(layer, side);
  return layer;
}

async function loadSide(side: Side): Promise<LayerInfo[]> {
  const { groups } = await fetchJson<{ groups: LayerGroup[] }>(`${settings.api}layers?run=${state[side]}`);
  const infos = groups.flatMap((group) => group.layers);
  for (const layer of layersOf[side].values()) map.removeLayer(layer);
  layersOf[side].clear();
  for (const [at, info] of infos.entries()) {
    if (!wanted.has(info.code)) wanted.set(info.code, info.visible && info.kind !== "living");
    const layer = tileLayer(info, side, infos.length - at);
    layersOf[side].set(info.code, layer);
    map.addLayer(layer);
  }
  const release = settings.releases.find((one) => one.run === state[side]);
  byId(`label-${side}`).textContent = release ? `${release.label}　${release.date}` : text(side);
  return infos;
}

function showBoxes(infos: LayerInfo[]): void {
  const place = byId("layer-boxes");
  place.textContent = "";
  for (const info of infos) {
    const box = make("input", "", "", { type: "checkbox" });
    box.checked = wanted.get(info.code) ?? false;
    box.addEventListener("change", () => {
      wanted.set(info.code, box.checked);
      for (const side of SIDES) layersOf[side].get(info.code)?.setVisible(box.checked);
    });
    place.append(make("label", "", [box, document.createTextNode(info.title)]));
  }
}

const changes = new VectorSource<Feature>();
const outline = new Style({ stroke: new Stroke({ color: token("--c-brand") || "#1F5FBF", width: 2.5 }), fill: new Fill({ color: "rgba(31,95,191,0.06)" }) });
const changeLayer = new VectorLayer({ source: changes, style: outline, zIndex: 3000 });

setUpProjection();
const map = new OlMap({
  target: "map",
  controls: [],
  layers: [changeLayer],
  view: new View({ projection: CODE, center: [106.6, 26.7], zoom: 9, minZoom: 7, maxZoom: 20, enableRotation: false }),
});

/** The changed ground in view; of a pair of releases that is not the compared one none is drawn. */
async function loadChanges(): Promise<void> {
  const compared = state.before === settings.before && state.after === settings.after;
  if (!compared || !byId<HTMLInputElement>("show-changes").checked) {
    changes.clear();
    return;
  }
  const [west, south, east, north] = map.getView().calculateExtent(map.getSize());
  const box = [west, south, east, north].map((value) => value.toFixed(6)).join(",");
  const found = await fetchJson<{ total: number }>(`${settings.changes}?bbox=${box}&limit=1000`);
  changes.clear();
  changes.addFeatures(new GeoJSON({ dataProjection: CODE, featureProjection: CODE }).readFeatures(found) as Feature[]);
  announce(text("inView", { n: found.total }));
}

function say(feature: FeatureLike | undefined): void {
  const card = byId("change-card");
  if (!feature) {
    card.textContent = "";
    return;
  }
  const or = (value: unknown): string => String(value || "—");
  const area = format.hectares(Number(feature.get("area_m2")));
  const place = [feature.get("layer_name"), feature.get("district")].filter(Boolean).join("　");
  card.textContent = text("change", { place, before: or(feature.get("before")), after: or(feature.get("after")), area, decision: or(feature.get("decision")) });
}

function wireTime(): void {
  const slider = byId<HTMLInputElement>("time");
  const at = Math.max(0, settings.releases.findIndex((one) => one.run === state.after));
  slider.max = String(settings.releases.length - 1);
  slider.value = String(at);
  slider.disabled = settings.releases.length < 2;
  const label = (): void => {
    const release = settings.releases[Number(slider.value)];
    byId("time-label").textContent = release ? `${release.label}　${release.date}` : "";
    if (release) slider.setAttribute("aria-valuetext", `${release.label} ${release.date}`);
  };
  slider.addEventListener("input", label);
  slider.addEventListener("change", () => {
    const release = settings.releases[Number(slider.value)];
    if (!release) return;
    state.after = release.run;
    loadSide("after").then(showBoxes).then(loadChanges).catch(report);
  });
  label();
}

async function start(): Promise<void> {
  const view = map.getView();
  if (settings.at) {
    view.setCenter(settings.at.slice(0, 2));
    view.setZoom(settings.at[2]);
  } else if (settings.bounds) view.fit(settings.bounds, { size: map.getSize(), padding: [40, 40, 40, 40], maxZoom: 17 });
  const step = (by: number): void => view.animate({ zoom: (view.getZoom() ?? 9) + by, duration: 120 });
  byId("zoom-in").addEventListener("click", () => step(1));
  byId("zoom-out").addEventListener("click", () => step(-1));
  const swipe = byId<HTMLInputElement>("swipe");
  swipe.addEventListener("input", () => {
    byId("swipe-line").style.left = `${swipe.value}%`;
    map.render();
  });
  map.on("pointermove", (event) => {
    byId("map-coordinate").textContent = `${event.coordinate[0].toFixed(6)}°E　${event.coordinate[1].toFixed(6)}°N`;
  });
  map.on("singleclick", (event) => say(map.getFeaturesAtPixel(event.pixel, { layerFilter: (layer) => layer === changeLayer })[0]));
  map.on("moveend", () => {
    const denominator = scaleDenominator(view.getResolution() ?? 1, view.getCenter()?.[1] ?? 0);
    byId("map-denominator").textContent = `1 : ${format.count(Math.round(denominator / 100) * 100)}`;
    loadChanges().catch(report);
  });
  byId("show-changes").addEventListener("change", () => loadChanges().catch(report));
  wireTime();
  await loadSide("before");
  showBoxes(await loadSide("after"));
  await loadChanges();
  byId("map").dataset.ready = "true";
}

start().catch(report);
