// The reader's own workplace: draws the answers given beside the estimates of the group chosen.
// Everything happens on the page: nothing is stored, and nothing is sent.
"use strict";

(() => {
  const data = window.BAROMETER_WORKPLACE;
  const root = document.querySelector(".workplace");
  if (!data || !root) return;

  const { words } = data;
  const form = root.querySelector("form");
  const spoken = root.querySelector("[role=status]");
  const language = document.documentElement.lang;
  const count = new Intl.NumberFormat(language);
  const percent = new Intl.NumberFormat(language, { style: "percent" });

  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key]);
  const lower = (text) => text.charAt(0).toLowerCase() + text.slice(1);
  const intervalOf = ([, low, high]) => (low === null ? "" : `${count.format(Math.round(low * 100))}–${percent.format(high)}`);
  const shareOf = (cell, reason) => percent.format(cell[0]) + (reason ? words.uncertain_mark : "");

  const questions = data.questions.map((question) => {
    const section = document.getElementById(question.id);
    const inputs = [...section.querySelectorAll("input")];
    return { ...question, section, inputs, rows: [...section.querySelectorAll("tbody tr")] };
  });

  // The group that is compared with

  const groupOf = (levels) => levels.filter(([, level]) => level).map((pair) => pair.join("=")).join(",") || "all";
  const levelsChosen = () => data.registers.map(({ id }) => [id, form.elements[`group-${id}`]?.value ?? ""]);
  const group = () => data.groups.find(({ id }) => id === groupOf(levelsChosen()));
  const isHidden = (id) => Object.values(data.estimates[id]).every((cells) => Object.values(cells).every((cell) => cell === null));

  // Fewer registers, from the last: of a sector and a size, the sector stays.
  const wider = () => {
    const levels = levelsChosen();
    for (const level of levels.slice().reverse()) {
      level[1] = "";
      if (!isHidden(groupOf(levels))) break;
    }
    return levels;
  };

  const drawGroup = ({ id, label }) => {
    const refused = root.querySelector(".refused");
    const [text, button] = refused.children;
    refused.hidden = !isHidden(id);
    root.querySelector(".compared").textContent = fill(words.compared, { group: label });
    if (refused.hidden) return;
    const levels = wider();
    const other = data.groups.find((each) => each.id === groupOf(levels));
    text.textContent = fill(words.hidden_group, { group: label });
    button.textContent = fill(words.instead, { group: other.label });
    button.onclick = () => {
      for (const [name, level] of levels) {
        for (const input of form.querySelectorAll(`[name="group-${name}"]`)) input.checked = input.value === level;
      }
      draw();
      form.querySelector(".groups input:checked").focus();
      spoken.textContent = root.querySelector(".compared").textContent;
    };
  };

  // One answer: its bar, with the line of its interval, and both in numbers

  const element = (name, className, ...children) => {
    const made = document.createElement(name);
    made.className = className;
    made.append(...children);
    return made;
  };

  const shape = (name, attributes) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };

  const bar = ([share, low, high]) => {
    const at = (number) => `${Math.round(number * 100)}%`;
    const picture = shape("svg", { class: "bar", "aria-hidden": "true", focusable: "false" });
    picture.append(shape("rect", { class: "whole", width: "100%", height: "100%" }), shape("rect", { width: at(share), height: "100%" }));
    if (low === null) return picture;
    for (const kind of ["halo", "line"]) {
      picture.append(shape("line", { class: kind, x1: at(low), x2: at(high), y1: "50%", y2: "50%" }));
    }
    return picture;
  };

  const drawAnswer = (share, cell, reason, own) => {
    const yours = own ? [element("span", "yours", words.yours)] : [];
    if (!cell) {
      share.replaceChildren(element("span", "gap", words[reason]), ...yours);
      return;
    }
    const interval = element("span", "interval", element("span", "unseen", ` ${words.level}: `), intervalOf(cell));
    share.replaceChildren(bar(cell), element("span", "numbers", element("strong", reason ? "uncertain" : "", shareOf(cell, reason)), interval), ...yours);
  };

  // One question: its answers, the sentence about them, where the numbers come from, the table

  const sentence = (question, picked, cells, reasons, base) => {
    const label = (id) => question.options.find((option) => option.id === id).label;
    const bySize = (ids) => ids.filter((id) => cells[id]).sort((one, other) => cells[other][0] - cells[one][0]);
    const [first, ...others] = bySize(picked);
    if (!first) return fill(words.gap, { option: label(picked[0]), reason: lower(words[reasons[picked[0]]]) });
    const share = shareOf(cells[first], reasons[first]);
    const last = others.pop();
    if (last) {
      const smallest = { other: label(last), other_share: shareOf(cells[last], reasons[last]) };
      return fill(words.several, { option: label(first), share, ...smallest });
    }
    const [top] = bySize(question.options.map(({ id }) => id));
    const more = { option: label(top), share: shareOf(cells[top], reasons[top]) };
    const rank = cells[top][0] > cells[first][0] ? fill(words.highest, more) : words.top;
    return `${fill(words.one, { option: label(first), share, base })} ${rank}`;
  };

  const source = (cells, reasons, base) => {
    const shown = Object.keys(cells).filter((id) => cells[id]);
    if (!shown.length) return "";
    const sizes = shown.map((id) => cells[id][3]);
    const [low, high] = [Math.min(...sizes), Math.max(...sizes)].map((n) => count.format(n));
    const marks = new Set(shown.map((id) => reasons[id]).filter(Boolean));
    const why = [...marks].map((reason) => lower(words[reason])).join("; ");
    const text = fill(low === high ? words.source : words.source_range, { base, n: high, low, high });
    return why ? `${text} ${fill(words.uncertain, { reasons: why })}` : text;
  };

  const drawRow = (row, cell, reason, own) => {
    const texts = cell ? [shareOf(cell, reason), intervalOf(cell), count.format(cell[3])] : [words.hidden, words[reason], ""];
    [...row.querySelectorAll("td")].forEach((place, index) => { place.textContent = texts[index]; });
    row.querySelector(".yours")?.remove();
    if (own) row.querySelector("th").append(element("span", "yours", words.yours));
  };

  const drawQuestion = (question, { id, inline }) => {
    const cells = data.estimates[id][question.id];
    const reasons = data.reasons[id][question.id];
    const base = inline ? `${question.base} (${inline})` : question.base;
    for (const input of question.inputs) {
      const refused = reasons[input.value] === "not_offered";
      input.closest("li").hidden = refused;
      if (refused) input.checked = false;
    }
    const picked = question.inputs.filter((input) => input.checked).map((input) => input.value);
    question.inputs.forEach((input, index) => {
      const given = [cells[input.value], reasons[input.value], input.checked];
      const share = input.closest("li").querySelector(".share");
      if (picked.length) drawAnswer(share, ...given); else share.replaceChildren();
      drawRow(question.rows[index], ...given);
    });
    const { section } = question;
    section.classList.toggle("answered", picked.length > 0);
    section.querySelector(".told").textContent = picked.length ? sentence(question, picked, cells, reasons, base) : "";
    const origin = source(cells, reasons, base);
    section.querySelector(".table-note").textContent = origin;
    section.querySelector(".detail").textContent = picked.length ? origin : "";
  };

  // Who has answered "none of these" is not asked what follows.
  const drawRoute = () => {
    const ended = form.querySelector("[data-ends]:checked");
    const following = questions.filter((question) => question.follows);
    for (const { section } of following) section.hidden = Boolean(ended);
    for (const { section } of questions) {
      const note = section.querySelector(".ends");
      note.hidden = !ended || !section.contains(ended) || !following.length;
      note.textContent = note.hidden ? "" : fill(words.ends, { base: following[0].base });
    }
    const open = questions.filter(({ section }) => !section.hidden);
    const done = open.filter(({ inputs }) => inputs.some((input) => input.checked));
    const [progress] = root.querySelector(".progress").children;
    progress.textContent = fill(words.progress, { done: done.length, count: open.length });
  };

  const draw = () => {
    const chosen = group();
    drawGroup(chosen);
    for (const question of questions) drawQuestion(question, chosen);
    drawRoute();
  };

  // The rules of the form

  const keepRules = (question, input) => {
    const others = question.inputs.filter((each) => each !== input);
    const alone = (each) => "exclusive" in each.dataset;
    if (input.checked && question.kind === "multiple") {
      for (const each of others) if (alone(input) || alone(each)) each.checked = false;
    }
    const over = question.maximum && question.inputs.filter((each) => each.checked).length > question.maximum;
    if (over) input.checked = false;
    question.section.querySelector(".limit").textContent = over ? fill(words.limit, question) : "";
    return Boolean(over);
  };

  form.addEventListener("change", ({ target }) => {
    const question = questions.find(({ inputs }) => inputs.includes(target));
    const over = question && keepRules(question, target);
    draw();
    const said = question ? question.section.querySelector(over ? ".limit" : ".told") : root.querySelector(".compared");
    spoken.textContent = said.textContent;
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => {
    for (const limit of root.querySelectorAll(".limit")) limit.textContent = "";
    draw();
    form.querySelector("input").focus();
  }));

  root.querySelector("[data-without-script]").remove();
  for (const part of root.querySelectorAll("[data-live]")) part.hidden = false;
  for (const fold of root.querySelectorAll("details")) fold.open = false;
  draw();
})();
