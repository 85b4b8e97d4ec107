// Curves of the comparison's versions, one chart a kind.

import { byId, element } from "./dom.js";
import { chartFrame, picked, quantitative, tooltip } from "./chart_marks.js";
import { drawWithPictures } from "./chart_view.js";
import { candidates, comparison, unique } from "./comparison.js";
import { ascending, colourByVersion } from "./palette.js";

// A kind that is not here is drawn as a line with its own name; the diagonal is what chance or perfection would give.
const kinds = {
  roc: { title: "ROC", x: "false positive rate", y: "true positive rate", isDiagonal: true },
  precision_recall: { title: "Precision and recall", x: "recall", y: "precision" },
  calibration: { title: "Calibration", x: "mean score", y: "observed rate", isDiagonal: true, hasPoints: true },
  quantile_calibration: {
    title: "Calibration of quantiles",
    x: "level",
    y: "share of labels at or below",
    isDiagonal: true,
    hasPoints: true,
  },
  gain: { title: "Gain", x: "share of rows, highest scores first", y: "share of positives found", isDiagonal: true },
  score_histogram: { title: "Scores", x: "score", y: "share of rows", isHistogram: true },
  residual_histogram: { title: "Residuals", x: "prediction minus label", y: "share of rows", isHistogram: true },
  difference_histogram: {
    title: "Differences of predictions",
    x: "candidate minus baseline",
    y: "share of rows",
    isHistogram: true,
  },
};

const isOfVersions = (curve) => curve.curve !== "difference_histogram";

export function showCurves() {
  const curves = (comparison()?.curves ?? []).filter(
    (curve) => isOfVersions(curve) && comparedVersions().includes(curve.version),
  );
  byId("curves").hidden = !curves.length;
  const order = [...Object.keys(kinds), ...unique(curves.map((curve) => curve.curve))];
  const present = unique(order).filter((kind) => curves.some((curve) => curve.curve === kind));
  const plots = present.map(() => element("div", { className: "plot" }));
  byId("curve-charts").replaceChildren(...plots.map((plot) => element("div", { className: "card" }, plot)));
  return Promise.all(
    present.map((kind, place) =>
      drawWithPictures(
        plots[place],
        curveSpec(
          kind,
          curves.filter((curve) => curve.curve === kind),
          comparedVersions(),
        ),
        kinds[kind]?.title ?? kind,
      ),
    ),
  );
}

const comparedVersions = () => ascending(unique([comparison()?.baseline_version, ...candidates()]));

export function curveSpec(kind, curves, shown) {
  const known = kinds[kind] ?? { title: kind, x: "x", y: "y", isHistogram: curves.some((curve) => curve.x_high) };
  const points = curves.flatMap((curve) =>
    known.isHistogram ? steps(curve) : curve.x.map((_, place) => pointAt(curve, place)),
  );
  const x = quantitative("x", { title: known.x, scale: { nice: false, zero: false } });
  const y = quantitative("y", { title: known.y });
  const shared = { x, color: colourByVersion(shown), order: { field: "place" } };
  return chartFrame(known.title, {
    layer: [...(known.isDiagonal ? [diagonal] : []), ...layers(known, points, { ...shared, y })],
  });
}

function layers(known, points, encoding) {
  const told = tooltip({ version: "version", x: known.x, y: known.y, low: "from", high: "to" });
  const data = { values: points };
  const hasIntervals = points.some((point) => point.low !== null);
  const line = {
    data,
    params: picked.params,
    mark: {
      type: "line",
      strokeWidth: 2,
      ...(known.hasPoints ? { point: { size: 45 } } : {}),
      ...(known.isHistogram ? { interpolate: "step-after" } : {}),
    },
    encoding: { ...encoding, opacity: picked.opacity, tooltip: told },
  };
  const { order, ...unordered } = encoding;
  const area = {
    data,
    mark: { type: "area", interpolate: "step-after", opacity: 0.12 },
    encoding: { ...unordered, y: { ...encoding.y, stack: null } },
  };
  const bars = {
    data,
    mark: { type: "rule", strokeWidth: 1.4, opacity: 0.6 },
    encoding: { ...encoding, y: { ...encoding.y, field: "low" }, y2: { field: "high" } },
  };
  return [...(known.isHistogram ? [area] : []), ...(hasIntervals ? [bars] : []), line];
}

const diagonal = {
  data: {
    values: [
      { x: 0, y: 0 },
      { x: 1, y: 1 },
    ],
  },
  mark: { type: "line", strokeDash: [4, 4], color: "#8a8f95", strokeWidth: 1 },
  encoding: { x: quantitative("x"), y: quantitative("y") },
};

const pointAt = (curve, place) => ({
  version: String(curve.version),
  place,
  x: curve.x[place],
  y: curve.y?.[place] ?? null,
  low: curve.y_low?.[place] ?? null,
  high: curve.y_high?.[place] ?? null,
});

// A bin's share from its lower to its upper end, and nothing beyond the last.
function steps(curve) {
  const last = curve.x.length - 1;
  const end = { ...pointAt(curve, last), place: last + 1, x: curve.x_high?.[last] ?? curve.x[last], y: 0 };
  return [...curve.x.map((_, place) => pointAt(curve, place)), end];
}
