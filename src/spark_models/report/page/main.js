// Everything is shown once, and again in parts when the reader sets something.

import { showAgreement } from "./agreement.js";
import { showCards } from "./cards.js";
import { drawCharts, drawListedCharts, showCharts } from "./chart_editor.js";
import { showComparison } from "./comparison.js";
import { showCurves } from "./curves.js";
import { hearDifferences, showDifferences } from "./differences.js";
import { showMetrics } from "./metrics.js";
import { showRows } from "./rows_left_out.js";
import { hearSlices, showSlices } from "./slices.js";
import { onChange } from "./state.js";
import { showSelection, showToolbar } from "./toolbar.js";
import { showElsewhere } from "./values.js";
import { showList } from "./version_list.js";

function showParts() {
  showComparison();
  showElsewhere();
  showMetrics();
  showDifferences();
  showRows();
  showCards();
  const drawn = Promise.all([showSlices(), showCurves(), showAgreement()]);
  showSelection();
  return drawn;
}

async function show() {
  showToolbar();
  showList(drawListedCharts);
  showCharts();
  hearDifferences();
  hearSlices();
  onChange(["selected", "comparison"], showParts);
  await Promise.all([showParts(), drawCharts()]);
  performance.mark("ready");
  document.documentElement.dataset.ready = Math.round(performance.now());
}

show();
