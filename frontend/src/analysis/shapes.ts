/** Shapes of a list on the map: numbered, outlined when their row is under the pointer, zoomed to when it is chosen. */

import type OlMap from "ol/Map";
import type Feature from "ol/Feature";
import GeoJSON from "ol/format/GeoJSON";
import VectorLayer from "ol/layer/Vector";
import VectorSource from "ol/source/Vector";
import { Fill, Stroke, Style, Text } from "ol/style";
import { CODE } from "../map/geodesy";
import { token } from "../map/page";

export class ShapeList {
  /** What is shown; drawing snaps to it. */
  readonly source = new VectorSource();
  private current = "";

  constructor(
    private readonly map: OlMap,
    private readonly script: string,
  ) {}

  wire(): void {
    const json = document.getElementById(this.script)?.textContent;
    if (!json) return;
    this.source.addFeatures(new GeoJSON({ dataProjection: CODE, featureProjection: CODE }).readFeatures(json));
    this.map.addLayer(new VectorLayer({ source: this.source, style: (feature) => this.style(feature as Feature), zIndex: 4000 }));
    this.fit();
    // the list may be sent again (htmx): listen above it
    const rowOf = (event: Event): HTMLElement | null => (event.target as HTMLElement).closest<HTMLElement>("[data-shape]");
    for (const kind of ["pointerover", "focusin"]) {
      document.addEventListener(kind, (event) => {
        const row = rowOf(event);
        if (row) this.choose(row.dataset.shape ?? "");
      });
    }
    document.addEventListener("click", (event) => {
      const row = rowOf(event);
      if (row && !(event.target as HTMLElement).closest("a,button,input,label")) this.fit(row.dataset.shape);
    });
    document.addEventListener("htmx:afterSettle", () => this.relabel());
    this.map.on("pointermove", (event) => {
      const hit = this.map.forEachFeatureAtPixel(event.pixel, (feature) => String(feature.get("shape") ?? ""), { hitTolerance: 3 });
      if (hit) this.choose(hit);
    });
  }

  private choose(shape: string): void {
    if (shape === this.current) return;
    this.current = shape;
    this.source.changed();
    for (const row of document.querySelectorAll<HTMLElement>("[data-shape]")) row.classList.toggle("is-sel", row.dataset.shape === shape);
  }

  /** Give the shapes the numbers that the list shows now. */
  private relabel(): void {
    const ranks = new Map<string, string>();
    for (const row of document.querySelectorAll<HTMLElement>("[data-shape][data-rank]")) ranks.set(row.dataset.shape ?? "", row.dataset.rank ?? "");
    for (const feature of this.source.getFeatures()) feature.set("label", ranks.get(String(feature.get("shape"))) ?? "");
  }

  private fit(shape?: string): void {
    const features = this.source.getFeatures().filter((feature) => (shape ? String(feature.get("shape")) === shape : !feature.get("around")));
    if (!features.length) return;
    const extent = new VectorSource({ features: features.map((feature) => feature.clone()) }).getExtent();
    if (extent) this.map.getView().fit(extent, { padding: [40, 40, 40, 40], maxZoom: 15, duration: shape ? 200 : 0 });
  }

  private style(feature: Feature): Style[] {
    if (feature.get("around")) return [new Style({ stroke: new Stroke({ color: "#5D6872", width: 1 }) })];
    const on = String(feature.get("shape")) === this.current;
    const color = token("--c-draw");
    return [
      new Style({ stroke: new Stroke({ color: token("--map-halo"), width: on ? 7 : 4.4 }) }),
      new Style({
        stroke: new Stroke({ color, width: on ? 3.4 : 1.8 }),
        fill: new Fill({ color: on ? "rgba(138,31,143,.22)" : "rgba(138,31,143,.08)" }),
        text: new Text({
          text: String(feature.get("label") ?? ""),
          font: "600 13px sans-serif",
          fill: new Fill({ color }),
          stroke: new Stroke({ color: token("--map-halo"), width: 3 }),
          overflow: true,
        }),
      }),
    ];
  }
}
