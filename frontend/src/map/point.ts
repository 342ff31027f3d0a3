/** The point card 此点各规划怎么说: one line per plan, hits in severity colour, what is not hit as a fact with its distance. */

import { api, isOvertaken } from "./api";
import { byId, format, make, text } from "./page";
import type { Store } from "./store";
import type { Here, HereRow } from "./types";

export class PointCard {
  private readonly card = byId("point-card");

  constructor(private readonly store: Store) {
    byId("point-close").addEventListener("click", () => this.close());
    this.card.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
    });
  }

  close(): void {
    this.card.hidden = true;
    byId("map").focus();
  }

  /** Ask all plans and living layers about a place in degrees and show the answer. */
  async open(lon: number, lat: number): Promise<void> {
    try {
      this.show(await api.here(lon, lat, this.store.state.run), lon, lat);
    } catch (error) {
      if (!isOvertaken(error)) this.message(text("failed", { what: (error as Error).message }));
    }
  }

  private message(words: string): void {
    byId("point-rows").replaceChildren(make("tr", "", [make("td", "", words)]));
    byId("point-links").replaceChildren();
    this.card.hidden = false;
  }

  private show(here: Here, lon: number, lat: number): void {
    byId("point-place").textContent = `${here.place}　${lon.toFixed(6)}°E　${lat.toFixed(6)}°N`;
    byId("point-rows").replaceChildren(...here.rows.map((row) => make("tr", "", [make("th", "", row.title, { scope: "row" }), this.answer(row)])));
    const links = here.findings.map((finding) => {
      const label = text("openFinding", { number: finding.number });
      const link = make("a", "btn btn--sm", [make("span", `sev sev--${finding.severity}`, [make("b", "", String(finding.severity))]), document.createTextNode(label)]);
      link.href = finding.url;
      link.title = finding.title;
      return link;
    });
    byId("point-links").replaceChildren(...links);
    this.card.hidden = false;
    this.card.focus();
  }

  private answer(row: HereRow): HTMLElement {
    const cell = make("td");
    if (row.color && row.state === "patch") {
      const mark = make("span", "sw");
      mark.style.background = row.color;
      cell.append(mark, document.createTextNode(" "));
    }
    const words = row.state === "clear" && row.distance_m !== null ? text("clearAt", { distance: format.metres(row.distance_m) }) : row.text;
    cell.append(make(row.state === "hit" ? "b" : "span", row.state === "hit" ? "is-hit" : "", words));
    if (row.url) {
      const link = make("a", "small", row.source || row.code);
      link.href = row.url;
      cell.append(document.createTextNode(" "), link);
    } else if (row.source) cell.append(make("small", "muted", ` ${row.source}`));
    return cell;
  }
}
