/** The map workbench: composes projection, layers, findings, point card, tools and search around one OpenLayers map in EPSG:4490. */

import OlMap from "ol/Map";
import View from "ol/View";
import ScaleLine from "ol/control/ScaleLine";
import type BaseLayer from "ol/layer/Base";
import { api } from "./api";
import { baseLayer } from "./basemaps";
import { FindingDrawer } from "./findings";
import { CODE, scaleDenominator, setUpProjection } from "./geodesy";
import { LayerPanel } from "./layers";
import { Marks } from "./marks";
import { announce, byId, freeRoom, format, make, settings, text } from "./page";
import { PointCard } from "./point";
import { PlaceSearch } from "./search";
import { Store } from "./store";
import { Tools } from "./tools";
import type { Context } from "./types";

function makeMap(): OlMap {
  setUpProjection();
  return new OlMap({
    target: "map",
    controls: [new ScaleLine({ target: byId("map-scale"), minWidth: 70 })],
    view: new View({ projection: CODE, center: [106.6, 26.7], zoom: 9, minZoom: 7, maxZoom: 20, constrainRotation: true, enableRotation: false }),
  });
}

function showStatus(map: OlMap): void {
  const view = map.getView();
  const showScale = (): void => {
    const denominator = scaleDenominator(view.getResolution() ?? 1, view.getCenter()?.[1] ?? 0);
    byId("map-denominator").textContent = `1 : ${format.count(denominator > 20000 ? Math.round(denominator / 1000) * 1000 : Math.round(denominator / 100) * 100)}`;
  };
  map.on("pointermove", (event) => {
    byId("map-coordinate").textContent = `${event.coordinate[0].toFixed(6)}°E　${event.coordinate[1].toFixed(6)}°N`;
  });
  view.on("change:resolution", showScale);
  showScale();
}

function wireZoom(map: OlMap, context: Context): void {
  const view = map.getView();
  const step = (by: number): void => view.animate({ zoom: (view.getZoom() ?? 9) + by, duration: 120 });
  byId("zoom-in").addEventListener("click", () => step(1));
  byId("zoom-out").addEventListener("click", () => step(-1));
  byId("zoom-city").addEventListener("click", () => view.fit(context.extent, { padding: freeRoom(30), duration: 200 }));
}

/** The base-map chooser; "none" leaves the offline districts. */
function wireBaseMaps(map: OlMap, context: Context): void {
  const select = byId<HTMLSelectElement>("basemap");
  for (const base of context.basemaps) select.append(make("option", "", base.title, { value: base.id }));
  byId("basemap-part").hidden = context.basemaps.length === 0;
  let current: BaseLayer | null = null;
  select.addEventListener("change", () => {
    if (current) map.removeLayer(current);
    current = null;
    const chosen = context.basemaps.find((base) => base.id === select.value);
    if (!chosen) return;
    baseLayer(chosen)
      .then((layer) => {
        current = layer;
        layer.setZIndex(-1);
        map.addLayer(layer);
      })
      .catch((error: Error) => announce(text("failed", { what: error.message })));
  });
}

function wireRuns(store: Store, context: Context): void {
  const select = byId<HTMLSelectElement>("run-select");
  for (const run of context.runs) select.append(make("option", "", run.label, { value: String(run.id) }));
  select.value = String(store.state.run ?? "");
  select.addEventListener("change", () => store.set({ run: Number(select.value) || undefined, selected: undefined }));
  const districts = byId<HTMLSelectElement>("finding-district");
  for (const district of context.districts) districts.append(make("option", "", district.name, { value: district.code }));
}

function wirePanels(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-toggle]")) {
    const panel = byId(button.dataset.toggle ?? "");
    button.addEventListener("click", () => {
      const open = panel.classList.toggle("is-open");
      button.setAttribute("aria-expanded", String(open));
    });
  }
}

async function start(): Promise<void> {
  const map = makeMap();
  const store = new Store();
  const context = await api.context();
  const known = context.runs.some((run) => run.id === store.state.run);
  if (!known) store.set({ run: context.run?.id });
  const view = map.getView();
  if (store.state.center && store.state.zoom !== null) {
    view.setCenter(store.state.center);
    view.setZoom(store.state.zoom);
  } else view.fit(context.extent, { size: map.getSize(), padding: freeRoom(30) });
  showStatus(map);
  wireZoom(map, context);
  wireBaseMaps(map, context);
  wireRuns(store, context);
  wirePanels();
  const panel = new LayerPanel(map, store);
  const drawer = new FindingDrawer(map, store);
  const card = new PointCard(store);
  const tools = new Tools(map, store, card);
  new Marks(map, store, () => tools.shape());
  new PlaceSearch(map, card);
  const loadLayers = async (): Promise<void> => panel.show((await api.layers(store.state.run)).groups);
  store.onChange((changed) => {
    if (changed.has("run")) void loadLayers();
  });
  map.on("moveend", () => {
    const center = view.getCenter();
    if (center) store.set({ center: [center[0], center[1]], zoom: view.getZoom() ?? null });
  });
  map.on("singleclick", (event) => {
    const hit = map.forEachFeatureAtPixel(event.pixel, (feature) => (feature.get("l") ? Number(feature.get("id")) : undefined));
    if (hit) store.set({ selected: hit });
  });
  window.addEventListener("focus", () => panel.refreshLiving());
  await loadLayers();
  if (settings.finding) store.set({ selected: Number(settings.finding) });
  await drawer.load();
  await drawer.showSelected(Boolean(settings.finding));
  byId("map").dataset.ready = "true";
}

start().catch((error: Error) => {
  byId("map-problem").hidden = false;
  byId("map-problem").textContent = text("failed", { what: error.message });
});
