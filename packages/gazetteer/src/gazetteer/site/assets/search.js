// Search over names, from files of `search/` that are loaded as scripts: pages opened from a disk may read nothing else.
// The rules for folding and splitting names are those of gazetteer/search.py.
"use strict";
const gazetteerSearch = (() => {
  const ASCII = /[a-z0-9]/;
  const KEY = 48, SPAN = 2, SHOWN = 100, IN_FOLDER = 400, FORWARD = 50;
  const LOOSE = 7;  // from here on, a name only resembles what is asked for
  // Of the places of a name, types come before what they have, and tests after all others.
  const TYPE = /^(concept|trait|protocol|interface|annotation|class|struct|union|record|object|enum|type_alias)$/;
  const HOLDER = new RegExp(TYPE.source.replace("(", "(namespace|module|package|"));
  const TEST = /(^|\/)(tests?|__tests__)\/|(^|\/)test_[^/]*$|(_test|\.test|\.spec)\.[^/]*$|Tests?\.(java|kt|php|cs)$|_spec\.rb$/;
  let about = null;
  const tables = new Map(), shards = new Map(), waiting = new Map();

  const fold = (name) => {
    const plain = name.replace(/[\ud800-\udfff]+/g, "\ufffd").toLowerCase();
    return (plain.replace(/[^\p{L}\p{N}]+/gu, "") || plain).slice(0, KEY);
  };
  const parts = (name) => name.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|(?:(?![0-9A-Za-z])[\p{L}\p{N}])+/gu) || [];
  const cellOf = (key) => !ASCII.test(key[0]) ? "~" + (key.charCodeAt(0) >> 8).toString(16).padStart(2, "0")
    : key.length > 1 && ASCII.test(key[1]) ? key.slice(0, 2) : key[0] + "_";

  const fileOf = (number, sort) => (number < IN_FOLDER ? "" : Math.floor(number / IN_FOLDER) + "/") + sort + number;

  // The files call these.
  const index = (value) => { about = value; };
  const table = (bucket, packed) => { tables.set(bucket, inflated(packed)); };
  const shard = (name, packed) => { shards.set(name, inflated(packed).then(unpack)); };
  const inflated = async (packed) => {
    if (typeof DecompressionStream === "undefined") throw new Error("This browser is too old for the search.");
    const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).json();
  };
  // A path is its rank, the number of its folder, where its page is in another folder that one, and its name; then its page, if that
  // has another name.
  const unpackPath = (folders, given) => {
    const [text, page] = Array.isArray(given) ? given : [given, ""];
    const end = text.indexOf("/"), [number, other] = text.slice(1, end).split("_"), name = text.slice(end + 1);
    const folder = folders[parseInt(number, 36)], start = folder ? folder + "/" : "";
    return {
      rank: parseInt(text[0], 16), path: start + name, name,
      page: page || (other ? start + "_" + other + "/" + name + ".html" : ""),
    };
  };
  // A name has a path, a line, a kind and a scope for each place, and then, if it has more places than those, how many. A number alone is
  // that of the path of a file, which is found by its name.
  const unpack = ([folders, paths, scopes, names]) => {
    const unpacked = paths.map((path) => unpackPath(folders, path));
    return names.map((given) => {
      if (typeof given === "number") {
        const file = unpacked[given];
        return { name: file.name, total: 1, places: [{ ...file, line: 0, kind: "file", forward: false, scope: "", more: "" }] };
      }
      const [name, ...flat] = given;
      const places = [], count = flat.length - flat.length % 4;
      for (let i = 0; i < count; i += 4) {
        const [scope, more] = [].concat(flat[i + 3]), kind = about.kinds[flat[i + 2] % FORWARD], forward = flat[i + 2] >= FORWARD;
        const file = unpacked[flat[i]], type = TYPE.test(kind), test = TEST.test(file.path);
        places.push({ ...file, line: flat[i + 1], kind, type, test, forward, scope: scopes[scope], more: more || "" });
      }
      places.sort((a, b) => a.forward - b.forward || a.test - b.test || b.type - a.type);  // what is declared comes first
      return { name, total: count < flat.length ? flat[count] : places.length, places };
    });
  };

  // Where a beginning of keys is to be looked for: a top, or shards in order.
  const plan = (query, table) => {
    if (query.length === 1 && ASCII.test(query)) return { top: query + "-top", rest: [] };
    const cell = cellOf(query), found = table[cell];
    if (!found) return { top: "", rest: [] };
    const [starts, tops] = found, last = query + "\uffff", folder = cell[0] + "/" + cell + "/";
    let first = 0, end = 0;
    for (let i = 0; i < starts.length; i++) {
      if (starts[i] < query) first = i;
      if (starts[i] <= last) end = i + 1;
    }
    const rest = [];
    for (let i = first; i < end; i++) rest.push(folder + fileOf(i, ""));
    if (rest.length <= SPAN) return { top: "", rest };
    return { top: query in tops ? folder + fileOf(tops[query], "top") : "", rest };
  };

  // How well a name fits; smaller is better, -1 is not at all.
  const fit = (name, raw, query) => {
    const full = fold(name);
    if (name === raw) return 0;
    if (full === query) return 1;
    if (full.startsWith(query)) return 2;
    const split = parts(name);
    let rest = fold(split.join("")), part = -1;
    for (const piece of split) {
      if (rest === query) return 3;
      if (rest.startsWith(query)) part = 4;
      rest = rest.slice(piece.length);
    }
    if (part > 0) return part;
    const initials = split.map((piece) => piece[0]).join("").toLowerCase();
    if (initials.startsWith(query)) return initials === query ? 2.5 : 5;
    if (full.includes(query)) return 6;
    let at = 0;
    for (const letter of full) if (letter === query[at]) at++;
    return at === query.length ? 7 + (full.length - at) / 100 : -1;  // the fewer others are between them
  };
  // Whether a name, or what is left of it from one of its parts on, begins so.
  const begins = (name, start) => {
    let rest = fold(name);
    if (rest.startsWith(start)) return true;
    for (const piece of parts(name)) {
      if (rest.startsWith(start)) return true;
      rest = rest.slice(piece.length);
    }
    return false;
  };

  // How many letters of a word are wrong, missing, too many or swapped, where a name begins with it, and how many others follow it there.
  const mistakes = (word, name) => {
    let before = [], last = Array.from({ length: word.length + 1 }, (_, i) => i), least = word.length, end = 0;
    for (let at = 1; at <= Math.min(name.length, word.length + 2); at++) {
      const row = [at];
      for (let i = 1; i <= word.length; i++) {
        row[i] = Math.min(last[i] + 1, row[i - 1] + 1, last[i - 1] + (word[i - 1] !== name[at - 1]));
        if (word[i - 1] === name[at - 2] && word[i - 2] === name[at - 1]) row[i] = Math.min(row[i], before[i - 2] + 1);
      }
      if (row[word.length] <= least) [least, end] = [row[word.length], at];
      [before, last] = [last, row];
    }
    return [least, name.length - end];
  };
  // How well a name fits in which, or in one of whose parts, few letters are mistaken; -1 if more are.
  const resembles = (name, query) => {
    const most = query.length < 4 ? 0 : query.length < 8 ? 1 : 2;
    const full = fold(name);
    let best = Infinity, rest = full;
    for (const piece of ["", ...parts(name)]) {
      rest = rest.slice(piece.length);
      if (!most || rest.length < query.length - most) continue;
      const [wrong, others] = mistakes(query, rest);
      if (wrong <= most) best = Math.min(best, LOOSE + (2 * wrong + others + (rest === full ? 0 : 0.5)) / 100);
    }
    return best < LOOSE + 1 ? best : -1;
  };
  // What was meant, if two letters were swapped at the beginning or one is too many there: what begins so lies in other files.
  const meant = (query) => {
    const found = new Set();
    for (let i = 0; i < Math.min(4, query.length - 1); i++) {
      found.add(query.slice(0, i) + query[i + 1] + query[i] + query.slice(i + 2)).add(query.slice(0, i) + query.slice(i + 1));
    }
    return [...found.delete(query) ? found : found];
  };

  // kind:struct path:csrc torch::autograd::Node -> filters, what is looked for, and what it is in.
  const understand = (text) => {
    const filters = [], words = [];
    for (const word of text.trim().split(/\s+/)) {
      const match = /^(kind|path|in):(.*)$/i.exec(word);
      if (match && match[2]) filters.push([match[1].toLowerCase(), match[2].toLowerCase()]);
      else if (!match) words.push(word);
    }
    const whole = words.join(" ");
    const [, within, raw] = /^(.*?)(?:::|->|\\|#|\.|^)(operator\b\W.*)$/.exec(whole) || /^(.+)(?:::|->|\\|#)([^:]+)$/.exec(whole) || ["", "", whole];
    return { whole, raw, within, query: raw ? fold(raw) : "", filters };
  };
  // What a name is in, one step after the other, whichever signs its language has between them: rich/console/console/print.
  const steps = (text) => text.toLowerCase().replace(/(?:::|->|[.\\#/])+/g, "/");
  const stepsOf = (place, ...more) => steps([place.path.replace(/\.[^./]*$/, ""), place.scope, ...more].join("/"));
  const inside = (place, name, within) => !within || (place.scope + " " + place.path).toLowerCase().includes(within.toLowerCase())
    || stepsOf(place, name).includes(steps(within) + "/");
  // What a place is in, and whether that has some steps, in their order, perhaps with others between them.
  const around = (place) => stepsOf(place).split("/").filter(Boolean);
  const leads = (through, within) => steps(within).split("/").filter(Boolean).reverse().every((step) => {
    while (through.length) if (through.pop() === step) return true;
    return false;
  });
  const isIn = (place, within) => steps(within).split("/").pop() === around(place).pop() && leads(around(place), within);
  const kept = (place, filters) => filters.every(([what, value]) =>
    what === "kind" ? place.kind === value || place.kind.replace("_", "") === value.replace(/[ _-]/g, "")
      : what === "path" ? place.path.toLowerCase().includes(value)
        : (place.scope + " " + place.path).toLowerCase().includes(value));

  const rank = (names, asked, loosest = LOOSE - 1) => {
    const seen = new Set(), found = [];
    for (const entry of names) {
      if (seen.has(entry.name)) continue;
      seen.add(entry.name);
      let fits = entry.name === asked.whole ? 0 : fit(entry.name, asked.raw, asked.query);
      if (loosest === LOOSE && (fits < 0 || fits >= LOOSE)) {
        const mistaken = resembles(entry.name, asked.query);
        if (mistaken > 0 && (fits < 0 || mistaken < fits)) fits = mistaken;
      }
      if (fits < 0 || fits >= loosest + 1) continue;
      if (entry.name[0] === "~" && asked.raw[0] !== "~") fits += 0.9;  // a destructor comes after what has its name
      const places = entry.places.filter((place) => kept(place, asked.filters) && inside(place, entry.name, asked.within));
      const often = 32 - Math.clz32(entry.total);  // twice as many places are worth as much as half the rank
      const best = Math.min(...places.map((place) => place.rank));
      if (places.length) found.push({ name: entry.name, total: entry.total, places, fits, rank: best - often });
    }
    const compare = (a, b) => a.fits - b.fits || a.rank - b.rank || a.name.length - b.name.length || (a.name < b.name ? -1 : 1);
    return found.sort(compare);
  };
  // The same; where nothing is inside of what it is said to be in, what is in the end of that, or has this very name.
  const rankLoosely = (names, asked) => {
    let found = rank(names, asked);
    if (found.length || !asked.within) return found;
    asked.elsewhere = asked.within;
    while (!found.length && asked.within) {
      asked.within = /^.*?(?:::|->|[.\\#/])+(.*)$/.exec(asked.within)?.[1] || "";
      found = rank(names, asked, asked.within ? LOOSE - 1 : 1);
    }
    return found;
  };

  // What is called so, at places that pass. What is called so comes first in the files, so few of these are enough.
  const called = async (name, asked, gather, passes) => {
    const all = (await gather(fold(name), SPAN)).map((entry) => ({ ...entry, places: entry.places.filter(passes) }));
    return rank(all, { ...asked, raw: name, query: fold(name), within: "" }, 1);
  };
  // Linear.forward: a member, and what it is said to be in.
  const memberIn = ({ whole, raw, within }) => {
    const [, outside, name] = within ? ["", within, raw] : /^(.+)\.([^.]+)$/.exec(raw) || ["", "", ""];
    return /\s/.test(whole) ? ["", ""] : [outside, name];
  };
  const member = async (asked, gather) => {
    const [within, name] = memberIn(asked);
    if (!within) return [];
    const is = (wanted) => (entry) => entry.name === wanted;
    const whole = asked.within ? [] : (await called(asked.raw, asked, gather, () => true)).filter(is(asked.raw));  // a file may be called so
    const found = await called(name, asked, gather, (place) => isIn(place, within));
    if (whole.length) return found.length ? [...whole, ...found] : [];
    return found.some(is(name)) ? found : [...await holders(asked, gather, within, name), ...found];
  };
  // Of a member whose name stands in more places than the files say: what it may be in. The page of that shows whether it is there.
  const holders = async (asked, gather, within, name) => {
    const one = (await gather(fold(name), SPAN)).find((entry) => entry.name === name);
    const [, outside, last] = /^(?:(.+)(?:::|->|[.\\#/]))?([\w$]+)$/.exec(within) || ["", "", ""];
    if (!last || !one || one.total === one.places.length) return [];
    const plain = { ...asked, filters: [] };  // these say which member is meant
    const found = await called(last, plain, gather, (place) => HOLDER.test(place.kind) && !place.forward && leads(around(place), outside || ""));
    const stem = (file) => file.replace(/\.[^.]*$/, "").toLowerCase();
    const files = found.some((entry) => entry.name === last) ? [] : (await gather(fold(last), SPAN)).filter((entry) => stem(entry.name) === last.toLowerCase());
    for (const { name: file, total, places } of files) {
      const some = places.filter((place) => place.kind === "file" && isIn(place, within));
      if (some.length) found.push({ name: file, total, places: some });
    }
    if (!found.length) return [];
    asked.member = name;
    const known = rank([one], { ...asked, raw: name, query: fold(name), within: "" });
    return [...found.map((entry) => ({ ...entry, places: entry.places.map((place) => ({ ...place, member: name })) })), ...known];
  };

  // The ways of understanding what is asked for, one after the other until one finds something. `gather` gets a beginning of keys, and
  // of how many files, and gives the names that are in these.
  const ways = [
    // rich/console.py:12 or rich/console: a file or a folder.
    async (asked, gather, most) => {
      const [, within, raw] = /^(?:\.?\/)*(.*?)\/*([^/]+)\/*$/.exec(asked.whole.replace(/(\.\w+)(:\d+)+$/, "$1")) || ["", "", ""];
      if (!asked.whole.includes("/") || !raw || /(^|::)operator\/=?$/.test(asked.whole)) return [];
      Object.assign(asked, { raw, within, query: fold(raw) });
      const paths = (await gather(asked.query, most)).map((entry) => ({ ...entry, places: entry.places.filter((place) => !place.line) }));
      return rankLoosely(paths, asked);
    },
    member,
    // Filters look at more of the names, for few of the best may pass them.
    async (asked, gather, most) =>
      rankLoosely(await gather(asked.query, asked.filters.length || asked.within ? most : most - 2), asked),
    // Node.release: the last name, inside the others.
    async (asked, gather, most) => {
      const at = asked.raw.lastIndexOf("."), raw = asked.raw.slice(at + 1);
      if (at < 1 || !raw || /\s/.test(asked.raw)) return [];
      Object.assign(asked, { raw, within: asked.whole.slice(0, -raw.length - 1), query: fold(raw) });
      return rankLoosely(await gather(asked.query, most), asked);
    },
    // Words in any order: the longest leads, the others are in the name; else one leads, and the others are in what it is in, too.
    async (asked, gather, most) => {
      const words = asked.raw.split(/\s+/).map(fold), longest = [...words].sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
      if (words.length < 2) return [];
      const led = async (lead, where) => rank(
        (await gather(lead, most)).map((entry) => ({
          ...entry, places: entry.places.filter((place) => words.every((word) => word === lead || fold(where(entry, place)).includes(word))),
        })), { ...asked, raw: lead, query: lead });
      let found = await led(longest[0], (entry) => entry.name);
      for (const lead of words.reverse()) {
        if (!found.length) found = await led(lead, (entry, place) => entry.name + place.scope + place.path);
      }
      return found;
    },
    // Letters in this order after the same beginning, or few mistaken ones.
    async (asked, gather, most) => {
      const { query } = asked;
      let found = [];
      for (let size = query.length - 1; !found.length && size > 0 && size >= query.length - 12; size--) {
        const start = query.slice(0, size), names = await gather(start, most);
        found = rank(names.filter((entry) => begins(entry.name, start)), asked, LOOSE);
        if (names.length > 2000) break;
      }
      if (query.length > 3 && !(found[0]?.fits < LOOSE + 0.05)) {
        const names = [];
        for (const start of meant(query)) names.push(...await gather(start, 0));
        const better = rank(names, asked, LOOSE).filter(({ fits }) => fits < LOOSE + 0.05);
        found = better.length ? better : found;
      }
      return found;
    },
  ];

  // Finds names for a text. `load` gets the name of a file of `search/` and promises that it has run.
  const find = async (text, load, more = 0) => {
    const asked = understand(text);
    if (!asked.query) return { found: [], more: false, asked };
    if (!about) await load("index");
    let left = false, any = false;
    const gather = async (query, most) => {
      const bucket = ASCII.test(query[0]) ? query[0] : "~", names = [];
      if (!about.buckets.includes(bucket)) return names;
      if (!tables.has(bucket)) await load(bucket);
      const { top, rest } = plan(query, await tables.get(bucket));
      const wanted = top && most === SPAN ? [top] : rest.slice(0, Math.max(most, SPAN + 1));
      if (top && most > SPAN) wanted.unshift(top);
      left = left || wanted.filter((name) => name !== top).length < rest.length;
      await Promise.all(wanted.map((name) => shards.has(name) ? null : load(name)));
      for (const name of wanted) names.push(...await shards.get(name) || []);
      return names;
    };
    const sure = [];
    for (const way of ways) {
      left = false;
      const mine = { ...asked }, found = await way(mine, gather, SPAN + 2 + more);
      any = any || left;
      if (way === member && more) sure.push(...found);  // whoever asks for more has seen these
      else if (found.length) return { found: [...sure, ...found.filter(({ name }) => !sure.some((entry) => entry.name === name))], more: left, asked: mine };
    }
    return { found: sure, more: any, asked };
  };

  const addressOf = (place) => {
    const [part, rest] = place.more.split("#");
    let page = place.page || place.path + (place.kind === "folder" ? "/index.html" : ".html");
    if (part) page = page.replace(/[^/]*$/, (file) => "_parts/" + file.slice(0, -5) + "/" + part + ".html");
    page = page.split("/").map(encodeURIComponent).join("/");
    return page + (place.line ? "#S" + place.line + (rest || "") : place.member ? "#" : "") + (place.member ? ":" + encodeURIComponent(place.member) : "");
  };

  return { index, table, shard, find, fold, parts, fit, understand, addressOf, SHOWN };
})();

if (typeof document !== "undefined") (() => {
  const form = document.getElementById("gz-search");
  if (!form) return;
  const root = document.currentScript.getAttribute("src").replace(/assets\/[^/]*$/, "");

  // Without this script there is nothing to search with, so what the form has is made here, once for all pages.
  const part = (tag, attributes) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    form.append(made);
    return made;
  };
  part("label", { for: "gz-field" }).textContent = "Search symbols and files";
  const field = part("input", {
    id: "gz-field", type: "search", autocomplete: "off", autocapitalize: "off", spellcheck: "false", role: "combobox", "aria-expanded": "false",
    "aria-controls": "gz-results", "aria-autocomplete": "list", placeholder: "Search: name, part, initials, kind:struct, path:src",
  });
  const status = part("p", { id: "gz-status", role: "status" });
  const list = part("ul", { id: "gz-results", role: "listbox", "aria-label": "Found", hidden: "" });
  form.hidden = false;

  const loading = new Map();
  const load = (name) => {
    if (!loading.has(name)) {
      loading.set(name, new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = root + "search/" + name + ".js";
        script.onload = () => resolve();
        script.onerror = () => { loading.delete(name); reject(new Error("search/" + name + ".js could not be loaded")); };
        document.head.append(script);
      }));
    }
    return loading.get(name);
  };

  const element = (tag, text, name) => {
    const made = document.createElement(tag);
    if (text) made.textContent = text;
    if (name) made.className = name;
    return made;
  };
  const row = (entry, place, number) => {
    const item = element("li"), link = element("a");
    item.setAttribute("role", "presentation");  // readers of screens get one thing for a result, which is its link
    link.id = "gz-result-" + number;
    link.setAttribute("role", "option");
    link.href = root + gazetteerSearch.addressOf(place);
    link.tabIndex = -1;
    const what = element("span", "", "what"), where = element("span", place.line ? place.path + ":" + place.line : place.path, "where");
    what.append(element("code", entry.name));
    if (place.scope) what.append(" ", element("span", "in " + place.scope, "scope"));
    if (place.member) what.append(" ", element("span", "and its " + place.member + ", if it has one", "scope"));
    else if (entry.total > 1) where.append(" ", element("span", "· " + entry.total + " places", "total"));
    link.append(element("span", place.kind.replace("_", " ") + (place.forward ? ", forward" : ""), "kind"), " ", what, " ", where);
    item.append(link);
    return item;
  };

  let asked = 0, chosen = -1, extra = 0;
  const choose = (number) => {
    const items = list.querySelectorAll("[role=option]");
    if (chosen >= 0 && items[chosen]) items[chosen].removeAttribute("aria-selected");
    chosen = items.length ? (number + items.length) % items.length : -1;
    if (chosen < 0) { field.removeAttribute("aria-activedescendant"); return; }
    items[chosen].setAttribute("aria-selected", "true");
    items[chosen].scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", items[chosen].id);
  };
  const close = () => {
    list.hidden = true;
    list.replaceChildren();
    status.textContent = "";
    field.setAttribute("aria-expanded", "false");
    choose(-1);
  };
  const show = ({ found, more, asked: { query, elsewhere, member } }) => {
    list.replaceChildren();
    chosen = -1;
    field.removeAttribute("aria-activedescendant");
    let number = 0, omitted = 0;
    const each = found.length > 20 ? 1 : found.length > 5 ? 3 : 6;
    for (const entry of found) {
      for (const place of entry.places.slice(0, each)) {
        if (number < gazetteerSearch.SHOWN * (1 + extra)) list.append(row(entry, place, number++));
        else omitted++;
      }
    }
    const rest = omitted || more;
    status.textContent = (elsewhere ? "Nothing in " + elsewhere + "; elsewhere: " : member ? member + " stands in very many places. " : "")
      + (number ? (rest ? "The best " + number + "; “More” has others." : number + " found.")
      : !query ? "Add a name: kind: and path: narrow its search." : "No name found" + (more ? " among those searched." : "."));
    if (rest) {
      const item = element("li", "More", "more");
      item.id = "gz-result-more";
      item.setAttribute("role", "option");
      item.addEventListener("click", () => { extra++; search(); field.focus(); });
      list.append(item);
    }
    list.hidden = !list.children.length;
    field.setAttribute("aria-expanded", String(!list.hidden));
    if (number) choose(0);
  };
  const search = async () => {
    const mine = ++asked;
    if (!field.value.trim()) { close(); return; }
    try {
      const result = await gazetteerSearch.find(field.value, load, extra * 4);
      if (mine === asked) show(result);
    } catch (error) {
      if (mine === asked) status.textContent = error.message;
    }
  };

  field.addEventListener("input", () => { extra = 0; search(); });
  form.addEventListener("submit", (event) => event.preventDefault());
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;  // the key belongs to what puts letters together
    if (event.key === "ArrowDown") choose(chosen + 1);
    else if (event.key === "ArrowUp") choose(chosen - 1);
    else if (event.key === "Escape") { close(); field.blur(); }
    else if (event.key === "Enter") {
      const item = list.querySelectorAll("[role=option]")[Math.max(chosen, 0)];
      if (item && item.href && (event.ctrlKey || event.metaKey)) window.open(item.href, "_blank", "noopener");
      else if (item) item.click();
    } else return;
    event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest && event.target.closest("input, textarea, select");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      field.focus();
      field.select();
    }
  });
  document.addEventListener("click", (event) => { if (!form.contains(event.target)) close(); });
  form.addEventListener("focusout", (event) => { if (event.relatedTarget && !form.contains(event.relatedTarget)) close(); });
  // Who comes back from a result finds the others again. One that is on this page is seen where the list was.
  list.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    history.replaceState({ search: field.value }, "");
    if (link.pathname === location.pathname) setTimeout(close);
  });
  // A link to a member of something: to the row of the first below that one which declares the name; else to that one.
  const lead = () => {
    const [, holder, asked] = /^#([^:]*):(.+)$/.exec(location.hash) || ["", "", ""];
    if (!asked) return;
    const rows = [...document.querySelectorAll("table.symbols tbody tr")], depth = (row) => row.cells[0].textContent.split("·").length;
    const anchorOf = (row) => row.cells[0].id || decodeURIComponent(row.cells[2].querySelector("a").hash.slice(1));
    const start = holder ? rows.findIndex((row) => anchorOf(row) === decodeURIComponent(holder)) : -1;
    const length = rows.slice(start + 1).findIndex((row) => start >= 0 && depth(row) <= depth(rows[start]));
    const below = rows.slice(start + 1, length < 0 ? rows.length : start + 1 + length);
    const name = decodeURIComponent(asked).replace(/[^\w]/g, "\\$&"), shapes = [`^${name}$`, `(^|[^\\w$])${name}\\s*([(<\\[=:;]|$)`];
    for (const shape of shapes.map((text) => new RegExp(text))) {
      const row = below.find((one) => shape.test(one.cells[2].textContent));
      if (row) return void location.replace("#" + encodeURIComponent(anchorOf(row)));
    }
    location.replace("#" + holder);
  };
  window.addEventListener("hashchange", lead);
  lead();
  if (history.state && history.state.search) {
    field.value = history.state.search;
    search();
  }
})();
if (typeof module !== "undefined") module.exports = gazetteerSearch;
