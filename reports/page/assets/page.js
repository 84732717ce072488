"use strict";
(function () {
  var said = document.body.dataset, live = document.getElementById("live");
  function fill(text, values) { return text.replace(/\{(\w+)\}/g, function (_, name) { return values[name]; }); }
  function value(row, column) {
    var cell = row.cells[column], number = cell.dataset.v;
    return number === undefined ? cell.textContent.trim() : parseFloat(number);
  }
  function compare(a, b) {
    if (typeof a === "number" && typeof b === "number") return a - b;
    if (typeof a === "number") return -1;
    if (typeof b === "number") return 1;
    return a.localeCompare(b, document.documentElement.lang, { numeric: true });
  }
  document.querySelectorAll("table[data-sortable]").forEach(function (table) {
    var body = table.tBodies[0], original = Array.from(body.rows), heads = Array.from(table.tHead.rows[0].cells);
    heads.forEach(function (head, column) {
      var button = document.createElement("button"), title = head.textContent;
      button.type = "button";
      button.textContent = title;
      button.title = said.sort;
      head.textContent = "";
      head.appendChild(button);
      button.addEventListener("click", function () {
        var next = { none: "ascending", ascending: "descending", descending: "none" }[head.getAttribute("aria-sort") || "none"];
        heads.forEach(function (other) { other.removeAttribute("aria-sort"); });
        var rows = original.slice();
        if (next !== "none") {
          head.setAttribute("aria-sort", next);
          var sign = next === "ascending" ? 1 : -1;
          rows.sort(function (a, b) {
            var left = value(a, column), right = value(b, column);
            // What could not be estimated stays last in either direction.
            return typeof left === typeof right ? sign * compare(left, right) : compare(left, right);
          });
        }
        rows.forEach(function (row) { body.appendChild(row); });
        live.textContent = next === "none" ? said.unsorted : fill(said.sorted, { column: title, order: next === "ascending" ? said.up : said.down });
      });
    });
  });
  document.querySelectorAll(".filters").forEach(function (bar) {
    var rows = Array.from(document.getElementById(bar.dataset.for).tBodies[0].rows), chosen = Array.from(bar.querySelectorAll("select"));
    function apply() {
      var shown = 0;
      rows.forEach(function (row) {
        row.hidden = !chosen.every(function (select) { return !select.value || row.cells[select.dataset.column].textContent.trim() === select.value; });
        if (!row.hidden) shown += 1;
      });
      live.textContent = fill(said.shown, { shown: shown, all: rows.length });
    }
    chosen.forEach(function (select) { select.addEventListener("change", apply); });
    bar.querySelector("[data-reset]").addEventListener("click", function () {
      chosen.forEach(function (select) { select.value = ""; });
      apply();
    });
    bar.hidden = false;
  });
  var opened = [];
  window.addEventListener("beforeprint", function () {
    opened = Array.from(document.querySelectorAll("details:not([open])"));
    opened.forEach(function (part) { part.open = true; });
  });
  window.addEventListener("afterprint", function () { opened.forEach(function (part) { part.open = false; }); });
})();
