/** Tracing on the map: draw with snapping, split, reshape with common borders, merge, erase, class and attributes, colours of the legend. */

import Feature, { type FeatureLike } from "ol/Feature";
import OlMap from "ol/Map";
import View from "ol/View";
import GeoJSON from "ol/format/GeoJSON";
import type Geometry from "ol/geom/Geometry";
import Draw from "ol/interaction/Draw";
import type Interaction from "ol/interaction/Interaction";
import Modify from "ol/interaction/Modify";
import Snap from "ol/interaction/Snap";
import VectorLayer from "ol/layer/Vector";
import VectorSource from "ol/source/Vector";
import { Fill, Stroke, Style } from "ol/style";
import { CODE } from "../map/geodesy";
import { byId, make, text } from "../map/page";
import { selectionStyle } from "../map/symbols";
import { api, guarded, settings, type Sheet } from "./api";
import { districts, warped } from "./ground";
import { Legend } from "./legend";

type Tool = "select" | "draw" | "split" | "reshape" | "legend" | "frame";
type Collection = { type: "FeatureCollection"; features: unknown[] };
const HINTS: Record<Tool, string> = { select: "selectHint", draw: "drawHint", split: "splitHint", reshape: "reshapeHint", legend: "legendHint", frame: "frameHint" };
const format = new GeoJSON();

export class Tracing {
  private readonly source = new VectorSource<Feature<Geometry>>();
  private readonly around = new VectorSource<Feature<Geometry>>();
  private readonly map: OlMap;
  private readonly chosen = new Set<number>();
  private readonly moved = new Set<Feature<Geometry>>();
  private readonly frame = new VectorSource<Feature<Geometry>>(); // where colours are extracted; empty = the whole sheet
  private readonly legend: Legend | null;
  private interactions: Interaction[] = [];
  private tool: Tool = "select";

  constructor(private readonly sheet: Sheet) {
    const ground = warped(sheet);
    this.map = new OlMap({
      target: "dg-map",
      layers: [
        districts(),
        ...(ground ? [ground] : []),
        new VectorLayer({ source: this.around, style: new Style({ stroke: new Stroke({ color: "#5D6872", width: 1, lineDash: [2, 3] }) }) }),
        new VectorLayer({ source: this.source, style: (feature) => this.style(feature) }),
        new VectorLayer({ source: this.frame, style: selectionStyle(1.5) }),
      ],
      view: new View({ projection: CODE, maxZoom: 23 }),
    });
    this.map.getView().fit(sheet.bounds, { size: this.map.getSize(), padding: [16, 16, 16, 16] });
    byId<HTMLInputElement>("dg-opacity").addEventListener("input", (event) => ground?.setOpacity(Number((event.target as HTMLInputElement).value) / 100));
    this.legend = document.getElementById("dg-legend") ? new Legend(sheet) : null;
    this.map.on("singleclick", (event) => {
      if (this.tool === "legend") void guarded(() => this.legend!.pick(event.coordinate[0], event.coordinate[1]));
      if (this.tool === "select") this.select(event.pixel, (event.originalEvent as MouseEvent).shiftKey);
    });
    this.map.on("moveend", () => {
      byId("dg-map").dataset.view = this.map.getView().calculateExtent(this.map.getSize()).join(",");
    });
    this.fillCodes();
    this.wire();
  }

  async load(): Promise<void> {
    const [features, around] = await Promise.all([api.get<Collection>("/features"), api.get<Collection>("/around")]);
    this.around.addFeatures(format.readFeatures(around) as Feature<Geometry>[]);
    this.show(features);
    byId("dg-map").dataset.ready = "true";
  }

  private show(features: Collection): void {
    this.source.clear();
    this.source.addFeatures(format.readFeatures(features) as Feature<Geometry>[]);
    this.moved.clear();
    byId("dg-map").dataset.features = String(features.features.length);
  }

  private async reload(numbers: number[] = []): Promise<void> {
    this.show(await api.get<Collection>("/features"));
    this.choose(numbers);
    const list = document.getElementById("table-traced");
    const htmx = (window as unknown as { htmx?: { ajax(verb: string, url: string, target: unknown): void } }).htmx;
    if (list && htmx) htmx.ajax("GET", location.pathname, { target: "#table-traced", swap: "outerHTML" }); // the list below is the same thing in words
  }

  private style(feature: FeatureLike): Style | Style[] {
    const color = String(feature.get("color") ?? "#C9D6E2");
    const base = new Style({ fill: new Fill({ color: `${color}B0` }), stroke: new Stroke({ color: "#5D6872", width: 1 }) });
    return this.chosen.has(Number(feature.get("number"))) ? [base, ...selectionStyle(2.5)] : base;
  }

  private wire(): void {
    for (const button of document.querySelectorAll<HTMLButtonElement>("[data-tool]")) button.addEventListener("click", () => this.use(button.dataset.tool as Tool));
    for (const button of document.querySelectorAll<HTMLButtonElement>("[data-act]")) {
      button.addEventListener("click", () => void guarded(() => this.act(button.dataset.act ?? "")));
    }
    byId<HTMLFormElement>("dg-attrs").addEventListener("submit", (event) => {
      event.preventDefault();
      void guarded(() => this.describe());
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.use(this.tool); // gives a begun drawing up
    });
  }

  private async act(act: string): Promise<void> {
    const numbers = [...this.chosen];
    if (act === "merge") {
      const merged = await api.post<Collection>("/merge", { numbers });
      await this.reload(numbersOf(merged));
    } else if (act === "erase" && numbers.length && window.confirm(text("eraseAsk", { n: numbers.length }))) {
      await api.post("/erase", { numbers });
      await this.reload();
    } else if (act === "save") {
      const shapes = [...this.moved].map((feature) => ({ number: Number(feature.get("number")), geometry: format.writeGeometryObject(feature.getGeometry()!) }));
      try {
        await api.put("/features", shapes);
      } finally {
        await this.reload(); // what was refused goes back to where it was
      }
      this.hint(text("saved"));
      byId("dg-attrs").focus();
    } else if (act === "extract" && this.legend) {
      const job = await api.post<{ id: string }>("/regions", { ...this.legend.request(), within: this.within() });
      location.assign(`${settings.jobs}${job.id}/?next=${encodeURIComponent(settings.here)}`);
    }
  }

  private use(tool: Tool): void {
    for (const one of this.interactions) this.map.removeInteraction(one);
    this.interactions = [];
    this.tool = tool;
    for (const button of document.querySelectorAll<HTMLButtonElement>("[data-tool]")) button.setAttribute("aria-pressed", String(button.dataset.tool === tool));
    const save = document.querySelector<HTMLButtonElement>("[data-act=save]");
    if (save) save.hidden = tool !== "reshape";
    this.hint(text(HINTS[tool]));
    if (tool === "frame") this.frame.clear();
    if (tool === "draw" || tool === "split" || tool === "frame") {
      const draw = new Draw({ type: tool === "split" ? "LineString" : "Polygon", source: new VectorSource() });
      draw.on("drawend", (event) => void guarded(() => this.drawn(tool, event.feature.getGeometry()!)));
      this.interactions = [draw];
    } else if (tool === "reshape") {
      const modify = new Modify({ source: this.source }); // moves what coincides together: common borders stay common
      modify.on("modifyend", (event) => event.features.forEach((feature) => this.moved.add(feature as Feature<Geometry>)));
      this.interactions = [modify];
    }
    if (this.interactions.length) this.interactions.push(new Snap({ source: this.source, pixelTolerance: 10 }), new Snap({ source: this.around, pixelTolerance: 10 }));
    for (const one of this.interactions) this.map.addInteraction(one);
  }

  private within(): unknown {
    const [feature] = this.frame.getFeatures();
    return feature ? format.writeGeometryObject(feature.getGeometry()!) : null;
  }

  private async drawn(tool: Tool, geometry: Geometry): Promise<void> {
    if (tool === "frame") {
      this.frame.clear();
      this.frame.addFeature(new Feature(geometry));
      return this.use("select");
    }
    const shape = format.writeGeometryObject(geometry);
    const made =
      tool === "draw"
        ? await api.post<Collection>("/features", { geometry: shape, ...this.form() })
        : await api.post<Collection>("/split", { line: shape, numbers: [...this.chosen] });
    await this.reload(numbersOf(made));
  }

  private select(pixel: number[], more: boolean): void {
    const hit = this.map.forEachFeatureAtPixel(pixel, (feature) => (feature.get("number") ? Number(feature.get("number")) : undefined));
    const numbers = new Set(more ? this.chosen : []);
    if (hit) numbers.has(hit) ? numbers.delete(hit) : numbers.add(hit);
    this.choose([...numbers]);
  }

  private choose(numbers: number[]): void {
    this.chosen.clear();
    for (const number of numbers) this.chosen.add(number);
    this.source.changed();
    const words = numbers.length ? text("chosen", { n: numbers.length, numbers: numbers.slice(0, 8).join("、") }) : text("noneChosen");
    byId("dg-chosen").textContent = words;
    const button = byId("dg-attrs").querySelector<HTMLButtonElement>("button");
    if (button) button.disabled = !numbers.length;
    const first = this.source.getFeatures().find((feature) => Number(feature.get("number")) === numbers[0]);
    if (first) this.fill(first);
  }

  private fill(feature: Feature<Geometry>): void {
    const code = document.getElementById("dg-code") as HTMLSelectElement | null;
    if (code) code.value = String(feature.get("code") ?? "");
    const attributes = (feature.get("attributes") ?? {}) as Record<string, unknown>;
    for (const input of this.inputs()) input.value = String(attributes[input.dataset.field ?? ""] ?? "");
  }

  private inputs(): HTMLInputElement[] {
    return [...byId("dg-attrs").querySelectorAll<HTMLInputElement>("[data-field]")];
  }

  private form(): { code: string; attributes: Record<string, string> } {
    const filled = this.inputs().filter((input) => input.value !== "");
    const code = document.getElementById("dg-code") as HTMLSelectElement | null;
    return { code: code?.value ?? "", attributes: Object.fromEntries(filled.map((input) => [input.dataset.field ?? "", input.value])) };
  }

  private async describe(): Promise<void> {
    const numbers = [...this.chosen];
    await api.post("/describe", { numbers, ...this.form() });
    await this.reload(numbers);
    this.hint(text("saved"));
  }

  private fillCodes(): void {
    const select = document.getElementById("dg-code");
    for (const one of this.sheet.codes) select?.append(make("option", "", `${one.code} ${one.name}`, { value: one.code }));
  }

  private hint(words: string): void {
    byId("dg-hint").textContent = words;
  }
}

function numbersOf(collection: Collection): number[] {
  return collection.features.map((feature) => Number((feature as { id: number }).id));
}
