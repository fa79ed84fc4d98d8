"use strict";
// The page can be read without this script. It adds views one at a time, search, the matrix, every check of every host,
// copying and a choice of theme. All text goes into the page as text, never as markup.
(() => {
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("data").textContent);
  const { texts, statuses, kinds, results, hosts, marks } = data;
  const ROWS = 50;
  const WRONG = new Set(data.wrong);
  const views = [...document.querySelectorAll("[data-view]")];
  const links = [...document.querySelectorAll("[data-to]")];
  const field = byId("q");

  // An element with attributes and children; children that are strings become text.
  const el = (name, attributes = {}, ...children) => {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (value !== null && value !== false) node.setAttribute(key, value === true ? "" : value);
    }
    node.append(...children.filter((child) => child !== null));
    return node;
  };
  const badge = (status, word) =>
    el("span", { class: `s s-${status}` }, el("b", { "aria-hidden": "true" }, marks[status]), word || status);
  const count = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;

  // Every result of every service, flat: which host, which service of it, which row of the table of results.
  const flat = { host: [], service: [], result: [] };
  // Where each service of each host begins in it. A host without services, and a service without checks, is one entry: it can be found.
  const begins = hosts.map(() => []);
  hosts.forEach((host, number) => {
    const add = (place, rows) => {
      begins[number].push(flat.host.length);
      for (const result of rows.length ? rows : [-1]) {
        flat.host.push(number);
        flat.service.push(place);
        flat.result.push(result);
      }
    };
    if (!host[4].length) add(-1, []);
    host[4].forEach((service, place) => add(place, service[2]));
  });
  const size = flat.host.length;
  const fresh = new Set(data.fresh.map((row) => row.join("/")));
  const keyOf = (at) => {
    const host = flat.host[at];
    if (flat.result[at] < 0) return null;
    const kind = kinds[results[flat.result[at]][0]];
    return `${host}/${hosts[host][4][flat.service[at]][0]}/${kind[0]}/${kind[3]}`;
  };

  // The places of an issue in the flat list: the checks it explains, on its hosts; of a silent host its one entry.
  const placesOf = ([, , places, checks]) => {
    const wanted = new Set(checks);
    const found = [];
    for (const [host, name] of places) {
      if (name < 0 && !hosts[host][4].length) found.push(begins[host][0]);
      hosts[host][4].forEach((service, place) => {
        if (service[0] !== name) return;
        for (let at = begins[host][place]; at < begins[host][place] + service[2].length; at++) {
          if (wanted.has(kinds[results[flat.result[at]][0]][0]) && WRONG.has(statusAt(at))) found.push(at);
        }
      });
    }
    return found;
  };
  const serviceAt = (at) => (flat.service[at] < 0 ? null : hosts[flat.host[at]][4][flat.service[at]]);
  const statusAt = (at) => statuses[flat.result[at] < 0 ? (serviceAt(at) || hosts[flat.host[at]])[1] : results[flat.result[at]][1]];
  const issues = data.issues.map((issue) => ({
    words: `${texts[issue[0]]} ${texts[issue[1]]}`.toLowerCase(),
    places: placesOf(issue),
  }));

  // ---- search -------------------------------------------------------------------------------------------------------
  const TOKEN = /(-?)(?:([a-z]+):)?(?:"((?:\\["\\]|[^"])*)"?|(\S+))/giy;
  const FIELDS = ["status", "host", "service", "check", "item", "cause", "is", "from", "sev"];
  const ALIASES = { severity: "sev", vantage: "from", id: "check" };

  const parse = (query) => {
    const tokens = [];
    let rest = query.trim();
    while (rest) {
      TOKEN.lastIndex = 0;
      const match = TOKEN.exec(rest);
      if (!match) break;
      const name = (match[2] || "").toLowerCase();
      const known = ALIASES[name] || name;
      // What is quoted may be a name exactly as it is; null where nothing is quoted.
      const exact = match[3] !== undefined ? match[3].replace(/\\(["\\])/g, "$1") : null;
      const value = (exact !== null ? exact : match[4]).toLowerCase();
      if (FIELDS.includes(known)) tokens.push({ not: match[1] === "-", name: known, exact, values: exact !== null ? [value] : value.split(",").filter(Boolean) });
      else tokens.push({ not: match[1] === "-", name: "text", values: [name ? `${name}:${value}` : value] });
      rest = rest.slice(match[0].length).trim();
    }
    return tokens.filter((token) => token.values.length);
  };

  // The search for one name and no other. The field holds no line's end.
  const inline = (name) => name.replace(/[\r\n]/g, "");
  const quoted = (field, name) => `${field}:"${inline(name).replace(/["\\]/g, "\\$&")}"`;
  const glob = (pattern) => new RegExp(
    `^${pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replace(/\*+/g, ".*").replace(/\?/g, ".")}$`, "s");
  // In quotes a name fits what it is to the letter. Else it fits a glob as a whole; without one it fits what it is, or, where
  // nothing is called so, what it holds. Names are numbers of texts.
  const fitting = (values, exact, numbers) => {
    const same = new Set(exact === null ? [] : [...numbers].filter((number) => inline(texts[number]) === exact));
    if (same.size) return (number) => same.has(number);
    const names = new Set([...numbers].map(low));
    const tests = values.map((value) => {
      if (/[*?]/.test(value)) {
        const pattern = glob(value);
        return (name) => pattern.test(name);
      }
      return names.has(value) ? (name) => name === value : (name) => name.includes(value);
    });
    return (number) => tests.some((test) => test(low(number)));
  };
  const lower = new Map();
  const low = (number) => {
    if (!lower.has(number)) lower.set(number, texts[number].toLowerCase());
    return lower.get(number);
  };
  const hostNames = new Set(hosts.map((host) => host[0]));
  const checkNames = new Set(kinds.map((kind) => kind[0]));
  const serviceNames = new Set(hosts.flatMap((host) => host[4].map((service) => service[0])));

  // For each token a function of a place in the flat list; what many places share is asked once.
  const cached = (length, ask) => {
    const known = new Int8Array(length);
    return (number) => {
      if (!known[number]) known[number] = ask(number) ? 1 : 2;
      return known[number] === 1;
    };
  };
  const ofHost = (ask) => {
    const answer = cached(hosts.length, (number) => ask(hosts[number]));
    return (at) => answer(flat.host[at]);
  };
  const ofResult = (ask) => {
    const answer = cached(results.length, (number) => ask(results[number], kinds[results[number][0]]));
    return (at) => flat.result[at] >= 0 && answer(flat.result[at]);
  };
  const any = (values, text) => values.some((value) => text.includes(value));
  const TESTS = {
    status: (values) => (at) => values.includes(statusAt(at)),
    host: (values, exact) => {
      const fits = fitting(values, exact, hostNames);
      return ofHost((host) => fits(host[0]));
    },
    service: (values, exact) => {
      const fits = fitting(values, exact, serviceNames);
      return (at) => flat.service[at] >= 0 && fits(serviceAt(at)[0]);
    },
    check: (values, exact) => {
      const fits = fitting(values, exact, checkNames);
      return ofResult((result, kind) => fits(kind[0]) || any(values, low(kind[1])) || values.includes(low(kind[2])));
    },
    item: (values) => ofResult((result, kind) => values.includes(low(kind[2]))),
    from: (values) => ofResult((result, kind) => values.includes(low(kind[3]))),
    sev: (values) => ofResult((result, kind) => values.includes(low(kind[4]))),
    cause: (values) => {
      const mask = new Uint8Array(size);
      for (const issue of issues) {
        if (values.some((value) => (/[*?]/.test(value) ? glob(value).test(issue.words.split(" ")[0]) : issue.words.includes(value)))) {
          for (const at of issue.places) mask[at] = 1;
        }
      }
      return (at) => mask[at] === 1;
    },
    is: (values) => (at) => values.some((value) => {
      const row = flat.result[at] >= 0 ? results[flat.result[at]] : null;
      if (value === "accepted" || value === "waived") return row === null ? waived.has(flat.host[at]) : row.length > 4 && row[7].length > 0;
      if (row === null ? !silent.has(flat.host[at]) : !WRONG.has(statuses[row[1]])) return false;
      const isFresh = row === null ? silentFresh.has(flat.host[at]) : fresh.has(keyOf(at));
      return value === "new" ? data.compared && isFresh : value === "still" ? data.compared && !isFresh : false;
    }),
    text: (values) => {
      const inHost = ofHost((host) => any(values, low(host[0])) || (!host[4].length && any(values, low(host[2]))));
      const inResult = ofResult((result, kind) => any(values, low(result[2])) || any(values, low(kind[0])) || any(values, low(kind[1])) ||
        (result.length > 4 && result[5].some((entry) => any(values, low(entry[1])))));
      return (at) => inHost(at) || inResult(at);
    },
  };
  // Hosts of which nothing was judged, and those of them that are accepted.
  const silent = new Set(data.silent), waived = new Set(data.waived);
  const silentFresh = new Set(data.fresh.filter((row) => texts[row[1]] === "").map((row) => row[0]));

  // A service by its host and the number of its name.
  const serviceKey = (host, name) => host * texts.length + name;
  let mask = null; // null: no search, everything is shown
  let hits = { results: size, hosts: [], services: new Set() };
  const search = (query) => {
    const tokens = parse(query).map(({ not, name, values, exact }) => ({ not, test: TESTS[name](values, exact) }));
    mask = tokens.length ? new Uint8Array(size) : null;
    const found = new Uint8Array(hosts.length);
    const services = new Set();
    let number = 0;
    for (let at = 0; at < size; at++) {
      if (!mask || tokens.every(({ not, test }) => test(at) !== not)) {
        if (mask) mask[at] = 1;
        found[flat.host[at]] = 1;
        if (flat.service[at] >= 0) services.add(serviceKey(flat.host[at], serviceAt(at)[0]));
        number++;
      }
    }
    hits = { results: number, hosts: hosts.map((_, host) => host).filter((host) => found[host]), services };
  };
  const ORDER = ["fail", "unreachable", "error", "warn", "unknown", "pass", "skip"];
  const rank = hosts.map((host) => ORDER.indexOf(statuses[host[1]]));
  const worstFirst = (numbers) => numbers.slice().sort((a, b) => rank[a] - rank[b] || a - b);
  const shows = (at) => !mask || mask[at] === 1;

  // ---- state: all of it is in the address ------------------------------------------------------------------------------
  const state = { view: "causes", q: "", page: 1, all: false };
  const address = (changes) => {
    const wanted = { ...state, page: 1, ...changes };
    const words = new URLSearchParams({ view: wanted.view });
    if (wanted.q) words.set("q", wanted.q);
    if (wanted.page > 1) words.set("page", wanted.page);
    if (wanted.all) words.set("all", "1");
    return `#${words}`;
  };
  // At once: the event comes later, and a second key before it would start from the old state.
  const go = (changes) => { location.hash = address(changes); show(); };

  const read = () => {
    const hash = location.hash.slice(1);
    if (hash.includes("=")) {
      const words = new URLSearchParams(hash);
      const view = words.get("view");
      state.view = views.some((entry) => entry.dataset.view === view) ? view : "causes";
      state.q = words.get("q") || "";
      state.page = Math.max(1, parseInt(words.get("page"), 10) || 1);
      state.all = words.get("all") === "1";
      return null;
    }
    if (!hash) Object.assign(state, { view: "causes", q: "", page: 1, all: false });
    // The anchor of a host: its details.
    const host = /^host-(\d+)$/.exec(hash);
    if (host && hosts[host[1] - 1]) {
      Object.assign(state, { view: "hosts", q: quoted("host", texts[hosts[host[1] - 1][0]]), page: 1 });
      history.replaceState(null, "", address({}));
      return null;
    }
    const target = hash && byId(hash);
    const view = target && target.closest("[data-view]");
    if (view) state.view = view.dataset.view;
    // The skip link leads to the view that is open: it is not to be forgotten.
    else if (target) history.replaceState(null, "", address({ page: state.page }));
    return target;
  };

  // ---- views -------------------------------------------------------------------------------------------------------------
  const pager = (total, name, where) => {
    const pages = Math.max(1, Math.ceil(total / ROWS));
    state.page = Math.min(state.page, pages);
    if (pages === 1) return null;
    const first = (state.page - 1) * ROWS + 1;
    const to = (page, word, label) => {
      const button = el("button", { type: "button", "data-page": word, "aria-label": label, disabled: page < 1 || page > pages || page === state.page }, word);
      button.addEventListener("click", () => { go({ page }); });
      return button;
    };
    return el("p", { class: "pager" }, to(1, "«", "First page"), to(state.page - 1, "‹", "Previous page"),
      el("span", {}, `${name} ${first}–${Math.min(total, first + ROWS - 1)} of ${total}`),
      to(state.page + 1, "›", "Next page"), to(pages, "»", "Last page"));
  };
  const pageOf = (rows) => rows.slice((state.page - 1) * ROWS, state.page * ROWS);

  const copyButton = (text, label) => {
    const button = el("button", { type: "button", class: "copy", "aria-label": label }, "Copy");
    button.addEventListener("click", async () => {
      button.textContent = (await copy(text())) ? "Copied" : "Select it and press Ctrl+C";
      setTimeout(() => { button.textContent = "Copy"; }, 1600);
    });
    return button;
  };
  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = el("textarea", { class: "vh", "aria-hidden": "true" });
      area.value = text;
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  };

  // Of a step that holds code, what one would paste is the code: the longest, where there are several.
  const toPaste = (step) => [...step.querySelectorAll("code")].map((node) => node.textContent)
    .reduce((longest, text) => (text.length > longest.length ? text : longest), "") || step.textContent;

  // A sentence: what stands between backticks is code.
  const prose = (text) => {
    const parts = text.split("`");
    if (parts.length % 2 === 0) parts.push(`${parts.splice(-2, 1)[0]}\`${parts.pop()}`);
    return parts.map((part, number) => (number % 2 ? el("code", {}, part) : part)).filter((part) => part !== "");
  };
  const stepList = (title, numbers) => (numbers.length
    ? el("div", {}, el("h5", {}, title), el("ul", { class: "steps" }, ...numbers.map((number) => {
      const line = el("li", {}, el("span", {}, ...prose(texts[number])));
      line.append(" ", copyButton(() => toPaste(line.firstChild), "Copy this step"));
      return line;
    })))
    : null);
  const ROLES = { root: "Root cause", contributing: "Makes it worse", next: "Will appear next" };
  const diagnosisBlock = (number) => {
    const [head, because, steps] = data.diagnoses[number];
    const [id, title, role, layer, confidence] = head.map((entry) => texts[entry]);
    return el("div", { class: "why" },
      el("p", {}, el("strong", {}, `${ROLES[role]}:`), ` ${title} `, el("span", { class: "id" }, id),
        el("span", { class: "muted small" }, ` (${confidence}${layer ? `, layer ${layer}` : ""})`)),
      because.length ? el("ul", { class: "small" }, ...because.map((entry) => el("li", {}, ...prose(texts[entry])))) : null,
      stepList("Do now", steps[0]), stepList("Change in the configuration", steps[1]), stepList("Verify the fix", steps[2]));
  };

  const pathOf = (service) => {
    const found = [];
    for (const [name, id, vantage] of data.hops) {
      const number = service[2].find((entry) => {
        const kind = kinds[results[entry][0]];
        return texts[kind[0]] === id && (vantage === null || texts[kind[3]] === vantage) && statuses[results[entry][1]] !== "skip";
      });
      if (number !== undefined) found.push({ name, status: statuses[results[number][1]] });
    }
    const turn = found.findIndex((hop) => hop.status === "fail" || hop.status === "error");
    return found.length ? el("ol", { class: "path", "aria-label": "Path of connections" }, ...found.map((hop, number) =>
      el("li", { class: number === turn ? "turns" : null }, badge(hop.status, hop.name), el("span", { class: "vh" }, ` ${hop.status}`),
        number === turn ? el("strong", {}, " turns bad here") : null))) : null;
  };

  const details = (result) => {
    if (result.length < 5) return null;
    const [, , , , [expected, actual], evidence, remediation, waiver] = result;
    if (expected < 0 && actual < 0 && !evidence.length && !remediation.length && !waiver.length) return null;
    const facts = el("dl", {});
    for (const [word, number] of [["Expected", expected], ["Actual", actual]]) {
      if (number >= 0) facts.append(el("dt", {}, word), el("dd", {}, texts[number]));
    }
    if (waiver.length) facts.append(el("dt", {}, `Accepted until ${texts[waiver[1]]}`), el("dd", {}, texts[waiver[0]]));
    return el("details", { class: "more" }, el("summary", {}, "Evidence and remedy"), facts,
      ...evidence.flatMap(([source, text]) => [el("p", { class: "small muted" }, texts[source]), el("pre", { tabindex: "0" }, texts[text])]),
      remediation.length ? el("ul", { class: "steps" }, ...remediation.map((number) => el("li", {}, el("span", {}, ...prose(texts[number]))))) : null);
  };
  const checkRow = (at) => {
    const result = results[flat.result[at]];
    const [id, title, item, vantage] = kinds[result[0]].map((number) => texts[number]);
    const instance = texts[result[3]];
    return el("tr", {}, el("td", { class: "n" }, item), el("th", { scope: "row" }, title, el("span", { class: "id" }, id)),
      el("td", {}, vantage, instance ? el("span", { class: "id" }, instance.slice(0, 120)) : null),
      el("td", {}, badge(statuses[result[1]]), fresh.has(keyOf(at)) ? el("span", { class: "tag" }, "new") : null),
      el("td", {}, texts[result[2]].slice(0, 400), details(result)));
  };
  const checkTable = (label, rows) => el("div", { class: "wide", tabindex: "0", role: "region", "aria-label": label },
    el("table", { class: "checks" },
      el("thead", {}, el("tr", {}, ...["Item", "Check", "Seen from", "Status", "What was seen"].map((word) => el("th", { scope: "col" }, word)))),
      el("tbody", {}, ...rows.map(checkRow))));

  const serviceBlock = (number, place) => {
    const service = hosts[number][4][place];
    const first = begins[number][place];
    const all = service[2].map((_, offset) => first + offset);
    const matching = all.filter(shows);
    const label = `Checks of ${texts[service[0]]} on ${texts[hosts[number][0]]}`;
    const holder = el("div", {}, checkTable(label, matching));
    let more = null;
    if (matching.length < all.length) {
      more = el("button", { type: "button" }, `Show all ${count(all.length, "check")}`);
      more.addEventListener("click", () => { holder.replaceChildren(checkTable(label, all)); more.remove(); });
    }
    return el("section", {}, el("h4", {}, `Service ${texts[service[0]]} `, badge(statuses[service[1]])), pathOf(service),
      ...service[3].map(diagnosisBlock), holder, more);
  };
  const hostBlock = (number, open) => {
    const [name, status, reason, remedy, services] = hosts[number];
    const body = el("div", {});
    const fill = () => {
      if (body.hasChildNodes()) return;
      if (texts[remedy]) body.append(el("p", {}, el("strong", {}, "What to do: "), ...prose(texts[remedy])));
      if (!services.length) body.append(el("p", {}, texts[reason]));
      body.append(...services.map((_, place) => serviceBlock(number, place)));
    };
    const block = el("details", { class: "host", id: `details-${number}` },
      el("summary", {}, el("h3", {}, texts[name]), " ", badge(statuses[status]), " ", el("span", { class: "muted small" }, texts[reason].slice(0, 160))), body);
    block.addEventListener("toggle", () => { if (block.open) fill(); });
    if (open) { fill(); block.open = true; }
    return block;
  };

  const nothing = () => el("p", { class: "card" }, "Nothing matches the search.");
  const drawHosts = () => {
    const rows = worstFirst(hits.hosts);
    const bar = pager(rows.length, "Hosts", "hosts");
    const shown = pageOf(rows);
    const toggle = el("button", { type: "button" }, "Expand all");
    const blocks = shown.map((number) => hostBlock(number, shown.length <= 3));
    toggle.addEventListener("click", () => {
      const open = blocks.some((block) => !block.open);
      for (const block of blocks) block.open = open;
      toggle.textContent = open ? "Collapse all" : "Expand all";
    });
    byId("hosts-live").replaceChildren(...(rows.length ? [el("p", {}, toggle), ...blocks, ...(bar ? [bar] : [])] : [nothing()]));
  };

  // Results of one check from one place share a column.
  const columnOf = kinds.map((kind) => `${kind[0]}/${kind[3]}`);
  const dull = statuses.map((status) => status === "pass" || status === "skip");
  const drawMatrix = () => {
    const columns = new Map();
    for (let at = 0; at < size; at++) {
      if (flat.result[at] < 0 || !shows(at)) continue;
      const result = results[flat.result[at]];
      const key = columnOf[result[0]];
      const column = columns.get(key);
      if (!column) columns.set(key, { kind: kinds[result[0]], loud: !dull[result[1]] });
      else if (!dull[result[1]]) column.loud = true;
    }
    // Where all is well, that is what there is to be seen.
    const every = state.all || ![...columns.values()].some((column) => column.loud);
    const loud = [...columns].filter(([, column]) => column.loud || every);
    const quiet = columns.size - loud.length;
    const rows = worstFirst(hits.hosts).flatMap((number) => (hosts[number][4].length
      ? hosts[number][4].map((service, place) => [number, place, service[0]]) : [[number, -1, -1]]))
      .filter(([number, place, name]) => place < 0 || hits.services.has(serviceKey(number, name)));
    const bar = pager(rows.length, "Rows", "matrix");
    const order = new Map(loud.map(([key], place) => [key, place]));
    const parts = [];
    if (quiet || state.all) {
      const button = el("button", { type: "button", "aria-pressed": String(state.all) },
        state.all ? "Hide checks that pass everywhere" : `Also show ${count(quiet, "check")} that pass everywhere`);
      button.addEventListener("click", () => go({ all: !state.all }));
      parts.push(el("p", {}, button));
    }
    const head = el("tr", {}, el("th", { scope: "col" }, "Host"), ...loud.map(([, { kind }]) =>
      el("th", { scope: "col", class: "turned", title: texts[kind[1]] },
        el("span", {}, texts[kind[0]].slice(0, 60) + (texts[kind[3]] === "host" ? "" : ` (${texts[kind[3]]})`)))));
    const body = el("tbody", {}, ...pageOf(rows).map(([number, place]) => matrixRow(number, place, loud, order)));
    const table = el("table", { class: "matrix" }, el("caption", {}, "Arrow keys move, Enter opens the details"), el("thead", {}, head), body);
    const first = body.querySelector("td[tabindex]");
    if (first) first.tabIndex = 0;
    table.addEventListener("keydown", steer);
    table.addEventListener("click", (event) => { const cell = event.target.closest("td[data-at]"); if (cell) openCell(cell); });
    parts.push(el("div", { class: "wide", role: "region", "aria-label": "Matrix" }, table));
    byId("matrix-live").replaceChildren(...(rows.length ? [...parts, ...(bar ? [bar] : [])] : [nothing()]));
  };
  const matrixRow = (number, place, loud, order) => {
    const [name, status, , , services] = hosts[number];
    const label = texts[name] + (services.length > 1 ? `, ${texts[services[place][0]]}` : "");
    const row = el("tr", {}, el("th", { scope: "row" }, label));
    if (place < 0) {
      row.append(el("td", { colspan: Math.max(1, loud.length), tabindex: "-1", "data-at": begins[number][0] }, badge(statuses[status])));
      return row;
    }
    const cells = loud.map(() => null);
    const first = begins[number][place];
    services[place][2].forEach((result, offset) => {
      const kind = kinds[results[result][0]];
      const column = order.get(columnOf[results[result][0]]);
      if (column === undefined) return;
      const now = results[result][1];
      // Of several results under one column the worst one is shown.
      if (cells[column] === null || ORDER.indexOf(statuses[now]) < ORDER.indexOf(statuses[cells[column].status])) {
        cells[column] = { status: now, at: first + offset, kind };
      }
    });
    for (const cell of cells) {
      if (cell === null) { row.append(el("td", { class: "c" }, el("span", { class: "vh" }, "not checked"))); continue; }
      const word = statuses[cell.status];
      row.append(el("td", { class: `c s-${word}${shows(cell.at) ? "" : " dim"}`, tabindex: "-1", "data-at": cell.at,
        "aria-label": `${label}, ${texts[cell.kind[0]]}: ${word}` }, marks[word]));
    }
    return row;
  };
  const openCell = (cell) => {
    const at = Number(cell.dataset.at);
    const words = [quoted("host", texts[hosts[flat.host[at]][0]])];
    if (flat.result[at] >= 0) words.push(quoted("check", texts[kinds[results[flat.result[at]][0]][0]]));
    go({ view: "hosts", q: words.join(" ") });
  };
  const MOVES = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };
  const steer = (event) => {
    const cell = event.target.closest("td[tabindex]");
    if (!cell) return;
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); openCell(cell); return; }
    const edge = event.key === "Home" || event.key === "End";
    if (!MOVES[event.key] && !edge) return;
    event.preventDefault();
    let [row, column] = [cell.parentElement, cell.cellIndex];
    const inRow = row.querySelectorAll("td[tabindex]");
    let next = edge ? inRow[event.key === "Home" ? 0 : inRow.length - 1] : null;
    const [down, right] = MOVES[event.key] || [0, 0];
    // Cells that hold nothing are stepped over.
    while (!edge) {
      column += right;
      row = down > 0 ? row.nextElementSibling : down < 0 ? row.previousElementSibling : row;
      if (!row || column < 1 || (right && column >= row.cells.length)) break;
      next = row.cells[Math.min(column, row.cells.length - 1)];
      if (next.hasAttribute("tabindex")) break;
    }
    if (!next || !next.hasAttribute("tabindex")) return;
    cell.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  };

  const drawWorking = () => {
    const live = byId("working-live");
    if (!live) return;
    const rows = data.working.filter(([number, name]) => hits.services.has(serviceKey(number, name)))
      .sort((a, b) => a[2].every(Boolean) - b[2].every(Boolean) || a[0] - b[0]);
    const bar = pager(rows.length, "Services", "working");
    const word = (value) => (value === null ? badge("unknown", "not observed") : value ? badge("pass", "works") : badge("fail", "broken"));
    const names = [...document.querySelectorAll("#working .tiles strong")].map((node) => node.textContent);
    const table = el("table", {}, el("thead", {}, el("tr", {}, ...["Host", "Service", ...names].map((name) => el("th", { scope: "col" }, name)))),
      el("tbody", {}, ...pageOf(rows).map(([number, service, values]) => el("tr", {},
        el("th", { scope: "row" }, el("a", { href: `#host-${number + 1}` }, texts[hosts[number][0]])), el("td", {}, texts[service]),
        ...values.map((value) => el("td", {}, word(value)))))));
    live.replaceChildren(...(rows.length
      ? [el("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "Connections of the services" }, table), ...(bar ? [bar] : [])] : [nothing()]));
  };

  // Cards that the page brings along: those of which nothing matches are hidden.
  const hideCards = (attribute, keep, section) => {
    let left = 0;
    for (const card of document.querySelectorAll(`[data-${attribute}]`)) {
      const hidden = mask !== null && !keep(Number(card.dataset[attribute]), card);
      card.hidden = hidden;
      left += hidden ? 0 : 1;
    }
    let note = section.querySelector(".nothing");
    if (!note) { note = nothing(); note.classList.add("nothing"); section.append(note); }
    note.hidden = left > 0 || mask === null;
  };
  const drawItems = () => {
    const seen = new Set();
    if (mask) for (let at = 0; at < size; at++) if (mask[at] && flat.result[at] >= 0) seen.add(texts[kinds[results[flat.result[at]][0]][2]]);
    hideCards("item", (_, card) => seen.has(card.dataset.item), byId("checklist"));
  };
  const DRAW = {
    causes: () => hideCards("issue", (number) => issues[number].places.some((at) => mask[at]), byId("causes")),
    paths: () => hideCards("path", (number) => data.paths[number].some((place) => hits.services.has(serviceKey(...place))), byId("paths")),
    checklist: drawItems,
    matrix: drawMatrix,
    hosts: drawHosts,
    working: drawWorking,
  };
  const found = () => {
    if (state.q && !DRAW[state.view]) return "The search does not apply to this view.";
    return mask ? `${count(hits.results, "result")} on ${count(hits.hosts.length, "host")} match.` : `${count(size, "result")} on ${count(hosts.length, "host")}.`;
  };

  let searched = null;
  let shown = null;
  const show = () => {
    const target = read();
    if (field.value.trim() !== state.q) field.value = state.q;
    if (searched !== state.q) { search(state.q); searched = state.q; }
    for (const view of views) view.hidden = view.dataset.view !== state.view;
    for (const link of links) {
      link.href = address({ view: link.dataset.to });
      if (link.dataset.to === state.view) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    if (DRAW[state.view]) DRAW[state.view]();
    byId("found").textContent = found();
    if (target && target.scrollIntoView) target.scrollIntoView();
    shown = location.hash;
  };

  // ---- start ---------------------------------------------------------------------------------------------------------------
  let waiting = 0;
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      state.q = field.value.trim();
      state.page = 1;
      history.replaceState(null, "", address({}));
      show();
    }, 120);
  });
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
    if (event.key === "Escape" && event.target === field) { field.value = ""; go({ q: "" }); }
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const order = links.map((link) => link.dataset.to);
    const step = { "[": -1, "]": 1 }[event.key];
    if (event.key === "/") { event.preventDefault(); field.focus(); field.select(); }
    if (step) go({ view: order[(order.indexOf(state.view) + step + order.length) % order.length] });
  });

  const THEMES = { "": "automatic", dark: "dark", light: "light" };
  const button = byId("theme");
  const stored = () => { try { return localStorage.getItem("websocket-health-theme") || ""; } catch { return ""; } };
  const theme = (name) => {
    root.dataset.theme = name in THEMES ? name : "";
    button.textContent = `Theme: ${THEMES[root.dataset.theme]}`;
    try { localStorage.setItem("websocket-health-theme", root.dataset.theme); } catch { /* a file may not remember */ }
  };
  button.addEventListener("click", () => {
    const names = Object.keys(THEMES);
    theme(names[(names.indexOf(root.dataset.theme) + 1) % names.length]);
  });

  for (const line of document.querySelectorAll("[data-copy]")) {
    const text = line.querySelector("span");
    line.append(" ", copyButton(() => toPaste(text), "Copy this step"));
  }
  for (const list of document.querySelectorAll("[data-copy-list]")) {
    const lines = () => [...list.querySelectorAll("h3, li")].map((node) => (node.tagName === "H3"
      ? `\n## ${node.textContent}\n`
      : `- [ ] ${node.querySelector("span").textContent} ${(node.querySelector(".only") || { textContent: "" }).textContent}`.trim()));
    list.prepend(el("p", { class: "script" }, copyButton(() => `${lines().join("\n").trim()}\n`, "Copy all steps as a list"), " all steps as a list"));
  }
  // On paper only what is wrong: with its evidence open, and the hosts as the page brought them along.
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll(".print details:not([open])")].filter((node) => !node.closest("#hosts-live"));
    for (const node of closed) node.open = true;
  });
  addEventListener("afterprint", () => { for (const node of closed) node.open = false; });

  root.classList.add("js");
  for (const id of ["hosts", "working"]) {
    if (byId(`${id}-live`)) byId(`${id}-live`).hidden = false;
  }
  theme(stored());
  addEventListener("hashchange", () => { if (location.hash !== shown) show(); });
  show();
})();
