// At the desk: words that are selected become a fact, by a button that floats beside them, by `f`, in a field by
// Alt+Shift+F; Ctrl+Enter sends the form; sources are found by a part of their name. All of it can be done without this
// script.
import { openPanel, isOpen } from "./panel.js";
import "./drafts.js";

const typing = "input, textarea, select, [contenteditable]";
const letters = (text) => [...text].length;

// --- Words that are selected ---------------------------------------------------------------------------------------

// As they stand in the copy: without the numbers of facts, and with the ends of lines between paragraphs.
const read = (range) => {
  const held = document.createElement("div");
  held.append(range.cloneContents());
  for (const other of held.querySelectorAll(".ref, .told, .label, .moved-away, del")) other.remove();
  const paragraphs = held.querySelectorAll(".para");
  return (paragraphs.length ? [...paragraphs] : [held]).map((one) => one.textContent).join("\n");
};

// {words, at}: of the copy on a page, or in the field that it is written in; at: about how many letters stand before.
const selected = () => {
  const field = document.activeElement;
  if (field?.matches("textarea[data-words]")) {
    const text = field.value.slice(field.selectionStart, field.selectionEnd);
    const lead = text.length - text.trimStart().length;
    return { field, words: text.trim(), at: letters(field.value.slice(0, field.selectionStart + lead)) };
  }
  const prose = document.querySelector(".prose[data-report]"), selection = getSelection();
  if (!prose) return;
  if (!selection.rangeCount || selection.isCollapsed) return { prose, words: "" };
  const range = selection.getRangeAt(0);
  if (!prose.contains(range.commonAncestorContainer)) return { prose, words: "" };
  const lead = document.createRange();
  lead.setStart(prose.querySelector(".para") ?? prose, 0);
  lead.setEnd(range.startContainer, range.startOffset);
  return { prose, words: read(range).trim(), at: letters(read(lead)) };
};

const report = ({ field, prose, words, at }) => {
  floating.hidden = true;
  if (field) return addFact(field.form, words, at);
  const address = new URL(prose.dataset.report, location.href);
  if (words) address.searchParams.set("words", words);
  // Of a copy in parts it is not known how much stands before this one.
  if (words && !new URL(location.href).searchParams.has("copy_after")) address.searchParams.set("at", at);
  openPanel(address);
};

const floating = Object.assign(document.createElement("div"), { className: "floating", hidden: true, role: "toolbar", ariaLabel: "What can be done with these words" });
const offered = Object.assign(document.createElement("button"), { type: "button", textContent: "Report as fact" });
floating.append(offered);
floating.addEventListener("pointerdown", (event) => event.preventDefault()); // what is selected stays so
offered.addEventListener("click", () => { const found = selected(); if (found?.words) report(found); });

// Beside the words; in a field, whose words have no place that could be asked for, where the pointer or its edge is.
const float = (event) => {
  const found = selected();
  floating.hidden = !found?.words || isOpen();
  if (floating.hidden) return;
  const of = found.field?.getBoundingClientRect() ?? getSelection().getRangeAt(0).getBoundingClientRect();
  const isAt = found.field && event?.clientX > 0;
  const x = isAt ? event.clientX : of.right, y = isAt ? event.clientY + 14 : of.bottom + 6;
  floating.style.left = `${Math.max(8, Math.min(x, innerWidth - floating.offsetWidth - 8))}px`;
  floating.style.top = `${Math.max(8, Math.min(y, innerHeight - 56))}px`;
};
if (document.querySelector("textarea[data-words], .prose[data-report]")) {
  document.body.append(floating);
  document.addEventListener("pointerup", (event) => setTimeout(float, 0, event));
  document.addEventListener("selectionchange", () => { if (!selected()?.words) floating.hidden = true; });
  document.addEventListener("keyup", (event) => event.shiftKey && float());
}

// --- Facts of a story that is being written ------------------------------------------------------------------------

const fieldsOf = (form, wanted) => {
  const fields = new URLSearchParams(new FormData(form));
  fields.set("do", wanted);
  return fields;
};

// Sends the form for the words, or for one of its buttons, and takes over its facts: the copy stays as it is, and so does
// what is typed meanwhile. One after the other.
let before = Promise.resolve();
const rearrange = (form, wanted, more = {}) => (before = before.then(() => rearranged(form, wanted, more)));
const rearranged = async (form, wanted, more) => {
  const fields = fieldsOf(form, wanted);
  const sent = new URLSearchParams(fields);
  for (const [name, value] of Object.entries(more)) fields.set(name, value);
  try {
    const answer = await fetch(form.action, { method: "POST", body: fields, headers: { accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const facts = answer.ok && page.getElementById("facts");
    if (!facts) return false;
    for (const old of wanted.startsWith("add:") ? form.querySelectorAll("#facts [name]:not(button)") : []) {
      const fresh = facts.querySelector(`[name="${old.name}"]`);
      if (fresh && old.type !== "checkbox" && old.value !== sent.get(old.name)) fresh.value = old.value;
    }
    form.querySelector("#facts").replaceWith(document.adoptNode(facts));
    form.dispatchEvent(new Event("input", { bubbles: true }));
    return true;
  } catch {
    return false;
  }
};

const addFact = async (form, words, at) => {
  if (!(await rearrange(form, "add:facts", { selected: words, selected_at: at }))) return;
  const row = [...form.querySelectorAll(".new-fact")].at(-1);
  row?.querySelector("[name$='.who']")?.focus({ preventScroll: true });
  row?.scrollIntoView({ block: "nearest" });
};

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("button[name=do]");
  const form = button?.form;
  if (!form?.querySelector("#facts") || !/^(add|drop):/.test(button.value)) return;
  event.preventDefault();
  if (await rearrange(form, button.value)) form.querySelector(`[value="${button.value}"]`)?.focus();
});

// --- Sources by a part of their name, stories by their words -------------------------------------------------------------------------------

const LISTS = { sources: ["/sources", ".sources li:not(.joined) .told-head a"], stories: ["/", ".stories h2 a"] };
const known = new Map(); // the list and what was typed -> [[slug, name], …]
const find = async (list, part) => {
  const asked = `${list} ${part}`, [page, links] = LISTS[list];
  if (!known.has(asked)) {
    const url = new URL(page, location.href);
    url.searchParams.set("q", part);
    const answer = await fetch(url, { headers: { accept: "text/html" } });
    const found = new DOMParser().parseFromString(await answer.text(), "text/html");
    known.set(asked, [...found.querySelectorAll(links)].map((link) => [link.getAttribute("href").split("/").pop(), link.textContent]));
  }
  return known.get(asked);
};

const isCalled = (part) => ([slug, name]) => slug === part || name.toLowerCase() === part.toLowerCase();
let waiting;
document.addEventListener("input", (event) => {
  const field = event.target.closest?.("input[list=sources], input[list=stories]");
  clearTimeout(waiting);
  const part = field?.value.trim();
  if (!part) return;
  waiting = setTimeout(async () => {
    const found = await find(field.getAttribute("list"), part).catch(() => []);
    if (!field.isConnected || field.value.trim() !== part) return;
    const isName = field.name.endsWith(".who");
    // Another fact of the form may make one.
    const made = isName ? [...field.form.querySelectorAll(".new-fact")].filter((one) => !one.contains(field) && one.querySelector("[name$='.new.kind']").value).map((one) => one.querySelector("[name$='.who']").value.trim()) : [];
    const near = [...new Set(made)].filter((name) => name.toLowerCase().includes(part.toLowerCase()));
    field.list?.replaceChildren(...[...near.map((name) => ["new here", name]), ...found].slice(0, 12).map(([slug, name]) => Object.assign(document.createElement("option"), isName ? { value: name, label: slug } : { value: slug, label: name })));
    const fresh = field.closest(".new-fact")?.querySelector(".new-source");
    const isNamed = isName && [...field.form.querySelectorAll("[name$='.who']")].some((other) => other !== field && other.value.trim() === part);
    if (fresh && isName) fresh.open = !found.length && !near.length && !isNamed;
  }, 150);
});

// --- Keys ----------------------------------------------------------------------------------------------------------

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const form = event.target.closest?.("form");
    const button = form?.querySelector(".file button") ?? form?.querySelector("button:not(.vh)");
    if (button) {
      event.preventDefault();
      form.requestSubmit(button);
    }
    return;
  }
  if (event.repeat || isOpen()) return;
  const found = selected(), { ctrlKey, metaKey, altKey, shiftKey } = event;
  // A letter that is typed in a field is a letter: there other keys go with it. On a Mac they make another letter of it.
  const isMeant = found?.field
    ? found.words && altKey && shiftKey && !ctrlKey && !metaKey && (event.code === "KeyF" || /^f$/i.test(event.key))
    : found && event.key === "f" && !ctrlKey && !metaKey && !altKey && !event.target.closest?.(typing);
  if (isMeant) {
    event.preventDefault();
    report(found);
  }
});

// --- Who else has a form of the story open --------------------------------------------------------------------------

const EVERY = 60_000;
const here = (within) => {
  const said = within.querySelector("[data-here]"), mark = said?.closest(".desk-form").querySelector("[name=mark]")?.value;
  if (!said || !mark) return;
  const say = (wanted) => new URLSearchParams({ mark, do: wanted });
  const stay = async () => {
    if (!said.isConnected) return clearInterval(timer);
    const answer = await fetch(said.dataset.here, { method: "POST", body: say("stay") }).catch(() => undefined);
    if (!answer?.ok) return;
    const now = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".colleagues");
    said.hidden = now.hidden;
    if (said.textContent !== now.textContent) said.replaceChildren(...now.childNodes);
  };
  const timer = setInterval(stay, EVERY);
  stay();
  const leave = () => { clearInterval(timer); navigator.sendBeacon(said.dataset.here, say("leave")); };
  addEventListener("pagehide", leave);
  said.closest("dialog")?.addEventListener("close", leave);
};
here(document);
document.addEventListener("panel", (event) => here(event.target));
