// What the pages can do beyond HTML and CSS. Each part works alone, and without any of it the page is whole
// but for the search and the enlarged figure (then a link to the picture).
"use strict";

(() => {
  const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
  const one = (selector, inside = document) => inside.querySelector(selector);
  const make = (name, properties, ...inside) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...inside);
    return element;
  };

  // Sections: the one that is read is marked in the contents.
  const contents = all(".contents a");
  const sections = contents.map((link) => document.getElementById(link.hash.slice(1)));
  let waiting = false;
  const mark = () => {
    waiting = false;
    const edge = (one(".chapters")?.offsetHeight ?? 0) + window.innerHeight / 5;
    const passed = sections.filter((section) => section.getBoundingClientRect().top <= edge);
    const current = contents[passed.length - 1];
    for (const link of contents) {
      if (link === current) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  };
  if (contents.length) {
    mark();
    addEventListener("scroll", () => { if (!waiting) { waiting = true; requestAnimationFrame(mark); } }, { passive: true });
  }

  // The menu for phones also lists the sections, and closes behind the reader.
  const menu = one(".menu");
  menu?.addEventListener("click", (event) => { if (event.target.closest("a")) menu.open = false; });
  all("[data-scripted]").forEach((element) => { element.hidden = false; });

  // Views: the address of a view opens it, and the view that is open is in the address bar.
  const open = () => {
    const name = decodeURIComponent(location.hash.slice(1));
    const tab = all(".views input").find((input) => input.value === name);
    if (!tab || tab.checked) return;
    tab.checked = true;
    tab.closest(".views").scrollIntoView();
  };
  addEventListener("hashchange", open);
  all(".views input").forEach((tab) => tab.addEventListener("change", () => {
    history.replaceState(null, "", `#${tab.value}`);
  }));
  open();

  // Other editions: the same chapter at the same place.
  const editions = one("[data-editions]");
  const base = new URL(".", one("[data-editions-script]")?.src ?? location.href);
  const own = editions?.dataset ?? {};
  const known = (window.BAROMETER_EDITIONS ?? []).filter((edition) => edition.language === document.documentElement.lang);
  const entries = known.map((edition) => {
    const page = edition.chapters.includes(own.page) ? own.page : "";
    const href = new URL(edition.folder + (page || "index.html"), base).href;
    const text = [edition.wave, edition.segment].filter(Boolean).join(" · ");
    const link = make("a", { href, textContent: text });
    if (page) link.dataset.keep = "";
    if (href === location.href.replace(/[?#].*/, "")) link.setAttribute("aria-current", "page");
    return make("li", {}, link);
  });
  if (editions && entries.length > 1) {
    const fold = make("details", {}, make("summary", { textContent: own.label }), make("ul", {}, ...entries));
    editions.replaceChildren(fold);
    fold.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      fold.open = false;
      one("summary", fold).focus();
    });
    document.addEventListener("click", (event) => { if (!fold.contains(event.target)) fold.open = false; });
  }
  for (const link of all("a[data-keep]")) {
    const bare = link.href;
    const aim = () => { link.href = bare + location.hash; };
    ["focus", "pointerenter", "pointerdown", "click"].forEach((kind) => link.addEventListener(kind, aim));
  }

  // Enlarged figures.
  const dialog = one("#enlarged");
  const enlarge = (link) => {
    const { alt, width, height } = one("img", link.closest("figure"));
    one(".large", dialog).replaceChildren(make("img", { src: link.href, alt, width, height }));
    one("#enlarged-title").textContent = one("h2, h3, h4", link.closest("figure")).textContent;
    dialog.showModal();
    dialog.onclose = () => link.focus();
  };
  if (dialog) {
    all("a.enlarge").forEach((link) => link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      enlarge(link);
    }));
    one("button", dialog).addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  }

  // Addresses of figures and sections: a click also copies.
  all("a.anchor").forEach((link) => link.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(link.href);
    } catch {
      return; // The address bar holds it anyway.
    }
    one("#status").textContent = link.dataset.copied = one("#status").dataset.copied;
    setTimeout(() => { delete link.dataset.copied; one("#status").textContent = ""; }, 2500);
  }));

  // Search: every word must occur; a title counts more than the text below it.
  const search = one("#search");
  if (!search) return;
  const field = one("input", search);
  const results = one(".results", search);
  const MOST = 20;
  const plain = (text) => text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");
  let loading = null;
  let index = [];
  const load = () => (loading ??= new Promise((resolve) => {
    const script = make("script", { src: search.dataset.index });
    script.onload = () => {
      index = window.BAROMETER_SEARCH.map(([href, place, title, text]) => ({
        href, place, title, text, inTitle: ` ${plain(title)}`, inText: ` ${plain(`${text} ${place}`)}`,
      }));
      resolve();
    };
    script.onerror = resolve;
    document.head.append(script);
  }));
  const score = (entry, word) => {
    if (entry.inTitle.includes(` ${word}`)) return 4;
    if (entry.inTitle.includes(word)) return 3;
    if (entry.inText.includes(` ${word}`)) return 2;
    return entry.inText.includes(word) ? 1 : -Infinity;
  };
  const around = (entry, word) => {
    const at = Math.max(0, plain(entry.text).indexOf(word));
    const from = at < 60 ? 0 : entry.text.lastIndexOf(" ", at - 40) + 1;
    const part = entry.text.slice(from, from + 150);
    const end = from + 150 < entry.text.length ? part.lastIndexOf(" ") : part.length;
    return `${from ? "… " : ""}${part.slice(0, end)}${end < part.length || from + 150 < entry.text.length ? " …" : ""}`;
  };
  const find = async () => {
    const words = plain(field.value).split(/\s+/).filter(Boolean);
    await load();
    if (plain(field.value).split(/\s+/).filter(Boolean).join() !== words.join()) return;
    const found = index
      .map((entry) => ({ entry, points: words.reduce((sum, word) => sum + score(entry, word), 0) }))
      .filter(({ points }) => points > 0)
      .sort((a, b) => b.points - a.points)
      .map(({ entry }) => entry);
    const said = found.length ? search.dataset.count.replace("{count}", found.length) : search.dataset.none;
    one(".count", results).textContent = words.length ? said : "";
    one("ul", results).replaceChildren(...found.slice(0, MOST).map((entry) => make("li", {}, make("a", { href: entry.href },
      make("span", { className: "place", textContent: entry.place }),
      make("strong", { textContent: entry.title }),
      make("span", { textContent: around(entry, words[0]) })))));
    results.hidden = !words.length;
  };
  const close = () => { results.hidden = true; };
  const step = (event, by) => {
    const stops = [field, ...all("a", results)];
    stops[Math.max(0, Math.min(stops.length - 1, stops.indexOf(document.activeElement) + by))].focus();
    event.preventDefault();
  };
  search.hidden = false;
  field.addEventListener("focus", load);
  field.addEventListener("input", find);
  search.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") step(event, 1);
    else if (event.key === "ArrowUp") step(event, -1);
    else if (event.key === "Escape") { close(); field.focus(); }
    else if (event.key === "Enter" && event.target === field) one("a", results)?.click();
  });
  search.addEventListener("focusout", (event) => { if (!search.contains(event.relatedTarget)) close(); });
  results.addEventListener("click", (event) => { if (event.target.closest("a")) close(); });
})();
