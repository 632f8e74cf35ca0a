// Draws the charts, and tells what htmx loaded. Nothing here decides what a number is: values and their words come with the page.
(() => {
  "use strict";
  const locale = document.documentElement.lang === "fr" ? "fr-FR" : "en-GB";
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const said = (value, unit, currency, short) => {
    if (value === null || value === undefined) return "—";
    const compact = short ? { notation: "compact", maximumFractionDigits: 1 } : {};
    if (unit === "money") return new Intl.NumberFormat(locale, { style: "currency", currency: currency || "EUR", ...compact }).format(value);
    if (unit === "ratio") return new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 2 }).format(value);
    return new Intl.NumberFormat(locale, { maximumFractionDigits: 2, ...compact }).format(value);
  };

  // spec: {kind: line|bar|stacked, labels, series: [{name, values, told, low?, high?, dashed?}], unit, currency, partial}
  const option = (spec) => {
    const ink = colour("--ink"), line = colour("--line"), quiet = colour("--quiet");
    const palette = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => colour(`--s${n}`));
    const series = [];
    spec.series.forEach((one, place) => {
      const shade = palette[place % palette.length];
      if (one.low) {
        const band = { type: "line", symbol: "none", silent: true, stack: `band-${place}`, lineStyle: { opacity: 0 }, tooltip: { show: false } };
        series.push({ ...band, name: `${one.name} low`, data: one.low });
        series.push({ ...band, name: `${one.name} high`, data: one.high.map((v, i) => (v === null ? null : v - one.low[i])), areaStyle: { color: shade, opacity: 0.18 } });
      }
      series.push({
        name: one.name, data: one.values, type: spec.kind === "line" ? "line" : "bar", stack: spec.kind === "stacked" ? "all" : undefined,
        symbolSize: 6, connectNulls: false, lineStyle: { width: 2, type: one.dashed ? "dashed" : "solid" }, itemStyle: { color: shade, decal: place > 3 ? {} : undefined },
      });
    });
    return {
      color: palette, animation: !matchMedia("(prefers-reduced-motion: reduce)").matches, textStyle: { color: ink, fontFamily: "inherit" },
      grid: { left: 8, right: 16, top: spec.series.length > 1 ? 36 : 12, bottom: 8, containLabel: true },
      legend: spec.series.length > 1 ? { data: spec.series.map((one) => one.name), textStyle: { color: ink }, type: "scroll", top: 0 } : undefined,
      tooltip: { trigger: "axis", renderMode: "richText", confine: true, valueFormatter: (v) => said(v, spec.unit, spec.currency) },
      xAxis: { type: "category", data: spec.labels, axisLabel: { color: quiet }, axisLine: { lineStyle: { color: line } } },
      yAxis: { type: "value", axisLabel: { color: quiet, formatter: (v) => said(v, spec.unit, spec.currency, true) }, splitLine: { lineStyle: { color: line } } },
      series,
    };
  };

  const drawn = new Map();
  const draw = (root) => {
    if (!window.echarts) return;
    for (const [node, chart] of drawn) if (!node.isConnected) { chart.dispose(); drawn.delete(node); }
    for (const data of root.querySelectorAll('script[type="application/json"][data-for]')) {
      const node = document.getElementById(data.dataset.for);
      if (!node || drawn.has(node)) continue;
      node.style.height = node.dataset.height;
      const chart = window.echarts.init(node, null, { renderer: "svg" });
      chart.setOption(option(JSON.parse(data.textContent)));
      drawn.set(node, chart);
    }
  };
  const again = () => { for (const [, chart] of drawn) chart.dispose(); drawn.clear(); draw(document); };

  document.addEventListener("DOMContentLoaded", () => {
    if (matchMedia("(max-width: 52rem)").matches) document.querySelector(".menu-fold")?.removeAttribute("open");
    draw(document);
  });
  addEventListener("resize", () => { for (const [, chart] of drawn) chart.resize(); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  document.addEventListener("htmx:afterSwap", (event) => draw(event.target));
  document.addEventListener("htmx:responseError", (event) => {
    // A refused filter or an error: the whole answer is a page that says why.
    const answer = event.detail.xhr.responseText;
    const page = new DOMParser().parseFromString(answer, "text/html");
    const words = page.querySelector("[role=alert]");
    document.getElementById("said").textContent = words ? words.textContent : event.detail.xhr.statusText;
  });
  document.addEventListener("htmx:sendError", () => { document.getElementById("said").textContent = locale === "fr-FR" ? "Le serveur ne répond pas." : "The server does not answer."; });
  document.addEventListener("click", (event) => {
    const opens = event.target.closest("[data-opens]");
    if (opens) document.getElementById(opens.dataset.opens).showModal();
    if (event.target.closest("[data-closes]")) event.target.closest("dialog").close();
  });
})();
