/**
 * The chart of an elevation profile: pointer, finger or arrow keys move along it, and the map shows the place.
 *
 * `#profile-chart` holds the chart that the server drew; `data-course` names the JSON script with its frame (pixels, metres) and points
 * ([along, lon, lat, height or null]). Rows with `data-along` and `data-to` (metres) show their stretch when they are under the pointer.
 */

import type OlMap from "ol/Map";
import Feature from "ol/Feature";
import { LineString, Point } from "ol/geom";
import VectorLayer from "ol/layer/Vector";
import VectorSource from "ol/source/Vector";
import { Circle, Fill, Stroke, Style } from "ol/style";
import { byId, format, text, token } from "../map/page";

type Place = [number, number, number, number | null];

interface Frame {
  width: number;
  left: number;
  right: number;
  top: number;
  bottom: number;
  low: number;
  high: number;
  length: number;
}

const SPACE = "http://www.w3.org/2000/svg";

export function wireProfile(map: OlMap): void {
  const chart = document.getElementById("profile-chart");
  const json = chart ? document.getElementById(chart.dataset.course ?? "")?.textContent : null;
  const svg = chart?.querySelector("svg");
  if (!chart || !json || !svg) return;
  const { frame, points } = JSON.parse(json) as { frame: Frame; points: Place[] };
  const source = new VectorSource();
  map.addLayer(new VectorLayer({ source, style: placeStyle(), zIndex: 7000 }));
  const cursor = makeCursor(svg, frame);
  let at = 0;

  const show = (index: number): void => {
    at = Math.min(Math.max(index, 0), points.length - 1);
    const [along, lon, lat, height] = points[at];
    source.clear();
    source.addFeature(new Feature(new Point([lon, lat])));
    cursor(along, height);
    const values = { at: format.metres(along) };
    byId("profile-say").textContent = height === null ? text("nothing", values) : text("here", { ...values, height: height.toFixed(1) });
  };
  chart.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * frame.width;
    show(nearest(points, ((x - frame.left) / (frame.right - frame.left)) * frame.length));
  });
  chart.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, PageDown: 20, PageUp: -20 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    show(at + step);
  });
  for (const row of document.querySelectorAll<HTMLElement>("[data-along]")) {
    row.addEventListener("pointerenter", () => {
      const from = Number(row.dataset.along);
      const to = Number(row.dataset.to);
      show(nearest(points, (from + to) / 2));
      const stretch = points.filter((place) => place[0] >= from && place[0] <= to).map(([, lon, lat]) => [lon, lat]);
      if (stretch.length > 1) source.addFeature(new Feature(new LineString(stretch)));
    });
  }
}

/** The point nearest to a distance along the line; they are in order. */
function nearest(points: Place[], along: number): number {
  let low = 0;
  let high = points.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (points[middle][0] <= along) low = middle;
    else high = middle;
  }
  return Math.abs(points[low][0] - along) <= Math.abs(points[high][0] - along) ? low : high;
}

/** A line across the chart and a dot on the curve, moved to (metres along, height). */
function makeCursor(svg: SVGElement, frame: Frame): (along: number, height: number | null) => void {
  const rule = document.createElementNS(SPACE, "path");
  const dot = document.createElementNS(SPACE, "circle");
  rule.setAttribute("stroke", "#182430");
  rule.setAttribute("stroke-dasharray", "3 3");
  dot.setAttribute("r", "4.5");
  dot.setAttribute("fill", "#8A1F8F");
  dot.setAttribute("visibility", "hidden"); // until there is a place to show
  svg.append(rule, dot);
  return (along, height) => {
    const x = frame.left + ((frame.right - frame.left) * along) / frame.length;
    rule.setAttribute("d", `M${x} ${frame.top}V${frame.bottom}`);
    dot.setAttribute("visibility", height === null ? "hidden" : "visible");
    if (height === null) return;
    dot.setAttribute("cx", String(x));
    dot.setAttribute("cy", String(frame.bottom - ((frame.bottom - frame.top) * (height - frame.low)) / (frame.high - frame.low)));
  };
}

function placeStyle(): Style {
  const color = token("--c-draw");
  const image = new Circle({ radius: 7, fill: new Fill({ color }), stroke: new Stroke({ color: token("--map-halo"), width: 2.4 }) });
  return new Style({ image, stroke: new Stroke({ color, width: 6 }) });
}
