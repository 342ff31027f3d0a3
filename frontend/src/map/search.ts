/** Place search: regions, streets and typed coordinates; a combobox by the ARIA pattern. */

import type OlMap from "ol/Map";
import { api, isOvertaken } from "./api";
import { announce, byId, freeRoom, make, text } from "./page";
import type { PointCard } from "./point";
import type { Place } from "./types";

export class PlaceSearch {
  private readonly input = byId<HTMLInputElement>("place-input");
  private readonly list = byId("place-list");
  private places: Place[] = [];
  private at = -1;
  private timer = 0;

  constructor(
    private readonly map: OlMap,
    private readonly card: PointCard,
  ) {
    this.input.addEventListener("input", () => {
      window.clearTimeout(this.timer);
      this.timer = window.setTimeout(() => void this.search(), 200);
    });
    this.input.addEventListener("keydown", (event) => this.onKey(event));
    this.input.addEventListener("blur", () => window.setTimeout(() => this.close(), 150));
  }

  private async search(): Promise<void> {
    const words = this.input.value.trim();
    if (!words) return this.close();
    try {
      this.show(await api.places(words));
    } catch (error) {
      if (!isOvertaken(error)) this.showNote(text("failed", { what: (error as Error).message }));
    }
  }

  private show(places: Place[]): void {
    this.places = places;
    this.at = -1;
    if (!places.length) return this.showNote(text("noPlace"));
    this.list.replaceChildren(
      ...places.map((place, index) => {
        const item = make("li", "", [make("b", "", place.label), make("small", "muted", ` ${place.kind}`)], { role: "option", id: `place-${index}` });
        item.addEventListener("mousedown", () => this.go(index));
        return item;
      }),
    );
    this.open();
    announce(text("places", { n: places.length }));
  }

  private showNote(words: string): void {
    this.places = [];
    this.list.replaceChildren(make("li", "muted", words));
    this.open();
  }

  private onKey(event: KeyboardEvent): void {
    if (event.key === "Escape") return this.close();
    if (event.key === "Enter" && this.places.length) {
      event.preventDefault();
      return this.go(Math.max(this.at, 0));
    }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    const n = this.places.length;
    if (!n) return;
    this.at = (this.at + (event.key === "ArrowDown" ? 1 : n - 1)) % n;
    for (const [index, item] of [...this.list.children].entries()) item.setAttribute("aria-selected", String(index === this.at));
    this.input.setAttribute("aria-activedescendant", `place-${this.at}`);
  }

  private go(index: number): void {
    const place = this.places[index];
    this.close();
    if (!place) return;
    this.input.value = place.label;
    const view = this.map.getView();
    if (place.bbox) view.fit(place.bbox, { padding: freeRoom(60), maxZoom: 17, duration: 200 });
    else {
      view.animate({ center: place.center, zoom: 16, duration: 200 });
      void this.card.open(place.center[0], place.center[1]);
    }
  }

  private open(): void {
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
  }

  private close(): void {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }
}
