"use strict";
addEventListener("beforeprint", () => {
  for (const fold of document.querySelectorAll("details")) fold.open = true;
});
const collator = new Intl.Collator("en", { numeric: true });
for (const table of document.querySelectorAll("table.numbers")) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const names = heads.map((head) => head.textContent);
  const lines = [...body.rows].map((row) => ({ row, fields: [...row.cells].map((cell) => cell.textContent) }));
  // What is missing is the last in both directions.
  const order = (a, b, sign, isNumber) => {
    if (a === "" || b === "") return (a === "") - (b === "");
    if (!isNumber) return sign * collator.compare(a, b);
    const [x, y] = [a, b].map((text) => Number(text.replace("∞", "Infinity")));
    return x === y ? 0 : x > y ? sign : -sign;
  };
  heads.forEach((head, i) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const falls = head.getAttribute("aria-sort") === "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", falls ? "descending" : "ascending");
      const isNumber = head.classList.contains("n");
      lines.sort((a, b) => order(a.fields[i], b.fields[i], falls ? -1 : 1, isNumber));
      body.append(...lines.map((line) => line.row));
    });
  });
  const form = document.getElementById("filter");
  const input = form.querySelector("input");
  const count = form.querySelector("output");
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  input.addEventListener("input", () => {
    const words = (input.value.match(/(?:[^\s"]|"[^"]*")+/g) || []).map((word) => word.replaceAll('"', "").toLowerCase());
    const has = (fields, word) => {
      const [name, ...value] = word.split("=");
      const i = value.length > 0 ? names.indexOf(name) : -1;
      return i === -1
        ? fields.some((field) => field.toLowerCase().startsWith(word))
        : fields[i].toLowerCase() === value.join("=");
    };
    let shown = 0;
    for (const { row, fields } of lines) {
      row.hidden = !words.every((word) => has(fields, word));
      shown += row.hidden ? 0 : 1;
    }
    count.textContent = `${shown} of ${lines.length} numbers`;
  });
}
