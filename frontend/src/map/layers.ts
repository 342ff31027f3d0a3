/** The layer panel: groups by plan, tri-state, swatch as drawn, legend, opacity only when on, filter, 校核 / 出图. */

import MVT from "ol/format/MVT";
import type OlMap from "ol/Map";
import VectorTileLayer from "ol/layer/VectorTile";
import VectorTileSource from "ol/source/VectorTile";
import { CODE, tileGrid } from "./geodesy";
import { byId, make, text, token } from "./page";
import type { Store } from "./store";
import { styleFunction, swatch } from "./symbols";
import type { LayerGroup, LayerInfo } from "./types";

interface Shown {
  info: LayerInfo;
  layer: VectorTileLayer;
  box: HTMLInputElement;
  opacity: HTMLInputElement;
}

export class LayerPanel {
  private readonly shown: Shown[] = [];
  private print = false;

  constructor(
    private readonly map: OlMap,
    private readonly store: Store,
  ) {
    byId<HTMLInputElement>("layer-filter").addEventListener("input", (event) => this.filter((event.target as HTMLInputElement).value));
    for (const button of document.querySelectorAll<HTMLButtonElement>("[data-fill]")) {
      button.addEventListener("click", () => this.setFill(button.dataset.fill === "print"));
    }
  }

  /** Show these groups; the first layer of the first group is drawn on top. */
  show(groups: LayerGroup[]): void {
    const list = byId("layer-list");
    list.textContent = "";
    for (const { layer } of this.shown) this.map.removeLayer(layer);
    this.shown.length = 0;
    const order = groups.flatMap((group) => group.layers);
    for (const group of groups) list.append(this.groupElement(group, order));
    this.count();
  }

  /** Reload tiles of layers that change without a new release. */
  refreshLiving(): void {
    for (const { info, layer } of this.shown) if (info.kind === "living") layer.getSource()?.refresh();
  }

  anyDemo(): boolean {
    return this.shown.some(({ info, box }) => info.demo && box.checked);
  }

  private groupElement(group: LayerGroup, order: LayerInfo[]): HTMLElement {
    const master = make("input", "lt__all", "", { type: "checkbox", "aria-label": group.title });
    const count = make("span", "small muted push");
    const head = make("summary", "lt__g", [make("b", "", group.title), count]);
    const items = make("ul");
    const members = group.layers.map((info) => {
      const entry = this.layerElement(info, order.length - order.indexOf(info));
      items.append(entry.element);
      return entry.shown;
    });
    const refresh = (): void => {
      const on = members.filter(({ box }) => box.checked).length;
      master.checked = on === members.length;
      master.indeterminate = on > 0 && on < members.length;
      count.textContent = `${on}/${members.length}`;
      this.count();
    };
    items.addEventListener("change", refresh);
    master.addEventListener("change", () => {
      for (const member of members) this.setVisible(member, master.checked);
      refresh();
    });
    refresh();
    const details = make("details", "lt__group", [head, items]);
    details.open = members.some(({ box }) => box.checked) || group.layers.length < 4;
    return make("li", "lt__part", [master, details]); // beside the summary: a control inside of a control cannot be reached by all
  }

  private layerElement(info: LayerInfo, zIndex: number): { element: HTMLElement; shown: Shown } {
    const layer = new VectorTileLayer({
      source: new VectorTileSource({ format: new MVT(), url: info.tiles, projection: CODE, tileGrid, overlaps: info.kind !== "plan" }),
      style: styleFunction(info),
      zIndex: info.kind === "findings" ? 1000 + zIndex : zIndex,
      declutter: false,
    });
    const visible = this.store.state.layers.get(info.code) ?? info.visible;
    layer.setVisible(visible);
    this.map.addLayer(layer);
    const box = make("input", "", "", { type: "checkbox", id: `layer-${info.code}` });
    box.checked = visible;
    const opacity = make("input", "lt__op", "", { type: "range", min: "10", max: "100", step: "5", "aria-label": text("opacityOf", { layer: info.title }) });
    const shown: Shown = { info, layer, box, opacity };
    opacity.value = String(Math.round(this.defaultOpacity(info) * 100));
    layer.setOpacity(this.defaultOpacity(info));
    opacity.hidden = !visible;
    opacity.addEventListener("input", () => layer.setOpacity(Number(opacity.value) / 100));
    box.addEventListener("change", () => this.setVisible(shown, box.checked));
    const label = make("label", "ell grow", info.title, { for: box.id, title: info.release ?? info.title });
    const row = make("div", "lt__row", [box, swatch(info.legend[0] ?? info.style, info.kind === "findings" ? 1 : undefined), label, opacity]);
    const element = make("li", "lt__layer", [row], { "data-name": `${info.code} ${info.title}`.toLowerCase() });
    const legend = this.legend(info);
    if (legend) element.append(legend);
    return { element, shown: this.remember(shown) };
  }

  private remember(shown: Shown): Shown {
    this.shown.push(shown);
    return shown;
  }

  private legend(info: LayerInfo): HTMLElement | null {
    if (info.legend.length < 2) return null;
    const entries = info.legend.map((entry) =>
      make("li", "lt__leg", [swatch(entry, info.kind === "findings" ? Number(entry.code) : undefined), make("span", "", entry.label)]),
    );
    return make("details", "lt__legend", [make("summary", "small muted", text("legend", { n: entries.length })), make("ul", "", entries)]);
  }

  private setVisible(shown: Shown, visible: boolean): void {
    shown.box.checked = visible;
    shown.opacity.hidden = !visible;
    shown.layer.setVisible(visible);
    const layers = new Map(this.store.state.layers);
    layers.set(shown.info.code, visible);
    this.store.set({ layers });
  }

  private defaultOpacity(info: LayerInfo): number {
    if (info.kind !== "plan" || this.print) return 1;
    return Math.min(info.opacity || Number(token("--plan-opacity")) || 0.62, 1);
  }

  private setFill(print: boolean): void {
    this.print = print;
    for (const button of document.querySelectorAll<HTMLButtonElement>("[data-fill]")) {
      button.setAttribute("aria-pressed", String((button.dataset.fill === "print") === print));
    }
    for (const { info, layer, opacity } of this.shown) {
      layer.setOpacity(this.defaultOpacity(info));
      opacity.value = String(Math.round(this.defaultOpacity(info) * 100));
    }
  }

  private filter(words: string): void {
    const wanted = words.trim().toLowerCase();
    for (const item of document.querySelectorAll<HTMLElement>(".lt__layer")) {
      item.hidden = wanted !== "" && !(item.dataset.name ?? "").includes(wanted);
    }
    for (const group of document.querySelectorAll<HTMLDetailsElement>(".lt__group")) {
      const hits = group.querySelectorAll(".lt__layer:not([hidden])").length;
      group.hidden = hits === 0;
      if (wanted && hits) group.open = true;
    }
  }

  private count(): void {
    byId("layer-count").textContent = text("layerCount", { all: this.shown.length, on: this.shown.filter(({ box }) => box.checked).length });
    byId("map-demo").hidden = !this.anyDemo();
  }
}
