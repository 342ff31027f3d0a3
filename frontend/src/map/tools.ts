/** The tools: point, box, measure length and area, share. One is on at a time; Esc ends it. */

import type OlMap from "ol/Map";
import { unByKey } from "ol/Observable";
import type { EventsKey } from "ol/events";
import { shiftKeyOnly } from "ol/events/condition";
import type { LineString, Polygon } from "ol/geom";
import { DragBox, Draw } from "ol/interaction";
import VectorLayer from "ol/layer/Vector";
import VectorSource from "ol/source/Vector";
import { lineLength, ringArea } from "./geodesy";
import { announce, byId, format, text } from "./page";
import type { PointCard } from "./point";
import type { Store } from "./store";
import { selectionStyle } from "./symbols";
import type { Extent } from "./types";

type Tool = "point" | "box" | "length" | "area";

export class Tools {
  private tool: Tool = "point";
  private draw: Draw | null = null;
  private box: DragBox | null = null;
  private watch: EventsKey | null = null;
  private readonly drawn = new VectorSource();

  constructor(
    private readonly map: OlMap,
    private readonly store: Store,
    private readonly card: PointCard,
  ) {
    map.addLayer(new VectorLayer({ source: this.drawn, style: selectionStyle(2.4), zIndex: 6000 }));
    for (const button of document.querySelectorAll<HTMLButtonElement>("[data-tool]")) {
      button.addEventListener("click", () => this.choose(button.dataset.tool as Tool));
    }
    byId("tool-share").addEventListener("click", () => void this.share());
    byId("measure-close").addEventListener("click", () => this.choose("point"));
    map.on("singleclick", (event) => {
      if (this.tool === "point") void this.card.open(event.coordinate[0], event.coordinate[1]);
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.tool !== "point") this.choose("point");
    });
    const always = new DragBox({ condition: shiftKeyOnly });
    always.on("boxend", () => this.store.set({ box: always.getGeometry().getExtent() as Extent }));
    map.addInteraction(always);
  }

  choose(tool: Tool): void {
    this.tool = tool;
    for (const button of document.querySelectorAll<HTMLElement>("[data-tool]")) button.setAttribute("aria-pressed", String(button.dataset.tool === tool));
    if (this.draw) this.map.removeInteraction(this.draw);
    if (this.box) this.map.removeInteraction(this.box);
    this.draw = this.box = null;
    this.drawn.clear();
    byId("measure").hidden = tool !== "length" && tool !== "area";
    if (tool === "box") this.startBox();
    if (tool === "length" || tool === "area") this.startMeasure(tool);
  }

  private startBox(): void {
    this.box = new DragBox({});
    this.box.on("boxend", () => {
      this.store.set({ box: this.box?.getGeometry().getExtent() as Extent });
      this.choose("point");
    });
    this.map.addInteraction(this.box);
    announce(text("boxHint"));
  }

  private startMeasure(tool: "length" | "area"): void {
    byId("measure-value").textContent = text(tool === "length" ? "lengthHint" : "areaHint");
    this.draw = new Draw({ source: this.drawn, type: tool === "length" ? "LineString" : "Polygon", style: selectionStyle(2.4) });
    this.draw.on("drawstart", (event) => {
      this.drawn.clear();
      const geometry = event.feature.getGeometry();
      if (geometry) this.watch = geometry.on("change", () => this.showMeasure(geometry as LineString | Polygon));
    });
    this.draw.on("drawend", (event) => {
      if (this.watch) unByKey(this.watch);
      this.showMeasure(event.feature.getGeometry() as LineString | Polygon);
      announce(byId("measure-value").textContent ?? "");
    });
    this.map.addInteraction(this.draw);
  }

  private showMeasure(geometry: LineString | Polygon): void {
    const value = byId("measure-value");
    if (geometry.getType() === "LineString") {
      value.textContent = text("lengthIs", { length: format.metres(lineLength((geometry as LineString).getCoordinates())) });
      return;
    }
    const ring = (geometry as Polygon).getCoordinates()[0];
    value.textContent = text("areaIs", { ha: format.hectares(ringArea(ring)), perimeter: format.metres(lineLength(ring)) });
  }

  private async share(): Promise<void> {
    const address = new URL(this.store.address(), location.href).toString();
    const toast = byId("map-toast");
    try {
      await navigator.clipboard.writeText(address);
      toast.textContent = text("shared");
    } catch {
      toast.textContent = address; // no clipboard here (old browser, no permission): show the address to copy by hand
    }
    toast.hidden = false;
    window.setTimeout(() => (toast.hidden = true), 6000);
  }
}
