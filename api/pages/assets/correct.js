// Correcting where one reads: a click on marked words, or the words that are selected, opens the form of the correction
// beside them. While one types there, the server is asked how readers will read it, and what changes along.
import { isOpen, openPanel } from "./panel.js";

const prose = document.querySelector(".prose[data-words]");
const PAUSE = 450; // milliseconds in which nobody types

// Where a place of the selection is in the copy, in code points as the ledger counts them; the numbers of facts and what
// is told between paragraphs are none of it.
const placeOf = (node, offset) => {
  const para = (node.closest ? node : node.parentElement).closest(".para[data-at]") ?? node.childNodes?.[offset]?.closest?.(".para[data-at]");
  if (!para) return null;
  const until = document.createRange();
  until.selectNodeContents(para);
  if (para.contains(node)) until.setEnd(node, offset);
  else until.collapse(true);
  const held = document.createElement("div");
  held.append(until.cloneContents());
  for (const ref of held.querySelectorAll(".ref")) ref.remove();
  return Number(para.dataset.at) + [...held.textContent].length;
};

// Where the form of the words is that are selected; nothing where none are.
const selected = () => {
  const selection = getSelection();
  if (!selection.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  if (!prose.contains(range.commonAncestorContainer)) return null;
  const from = placeOf(range.startContainer, range.startOffset), upto = placeOf(range.endContainer, range.endOffset);
  if (from === null || upto === null || from >= upto) return null;
  const address = new URL(prose.dataset.words, location.href);
  address.searchParams.set("words", `${from}-${upto}`);
  return address;
};

// What was looked at when the form came. It stays so: of what somebody else filed since, one is told when one files.
const LOOKED_AT = /^(seen|of|since|expected_version|at\.\d+)$/;

// Takes over from the answer what nobody is typing: the preview, with what somebody else made of it, and what changed along.
const take = (form, found, sent) => {
  const shown = document.adoptNode(found.querySelector("#live")), theirs = found.querySelector(".moved, .theirs");
  if (theirs) shown.prepend(theirs);
  form.querySelector("#live").replaceWith(shown);
  const words = form.querySelector("#contradicts"), now = found.querySelector("#contradicts");
  if (words.textContent !== now.textContent) words.replaceWith(document.adoptNode(now));
  const fields = [...found.querySelectorAll("form [name]")].filter(({ type, name }) => !/^(radio|checkbox)$/.test(type) && !/^(mark|do)$/.test(name) && !LOOKED_AT.test(name));
  // What was typed meanwhile stays, and so does what is known of it.
  const isAsSent = (name) => {
    const mine = form.elements.namedItem(name);
    return mine && !mine.length && mine !== document.activeElement && mine.value === (sent.get(name) ?? "");
  };
  for (const other of fields.filter(({ name }) => isAsSent(name.replace(/^(as|own)\./, "")))) {
    const mine = form.elements.namedItem(other.name);
    if (mine && !mine.length) mine.value = other.value;
  }
};

const live = (form) => {
  const tries = form.querySelector(".tries");
  let waiting, asked = 0;
  const look = async () => {
    const mine = ++asked;
    const sent = new FormData(form);
    const body = new URLSearchParams(sent);
    body.set(tries.name, tries.value);
    try {
      const answer = await fetch(form.action, { method: "POST", body, headers: { accept: "text/html" } });
      const found = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main .correct");
      if (found && mine === asked && form.isConnected) take(form, found, sent);
    } catch { /* it is asked again with the next letter, and when it is filed */ }
  };
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(look, PAUSE);
  });
  form.addEventListener("submit", () => {
    clearTimeout(waiting);
    asked += 1;
  });
};
const begin = (within) => {
  const form = within.querySelector("form[data-live]");
  if (form) live(form);
};

begin(document);
if (prose) {
  document.addEventListener("panel", (event) => begin(event.target));
  prose.addEventListener("click", (event) => {
    const link = event.target.closest("a.stands");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button || !getSelection().isCollapsed) return;
    event.preventDefault();
    openPanel(link.href);
  });
  const bar = document.querySelector(".floating");
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Correct", className: "quiet" });
  button.setAttribute("aria-keyshortcuts", "c");
  const correct = () => {
    const address = selected();
    if (!address) return false;
    bar.hidden = true;
    openPanel(address);
    return true;
  };
  button.addEventListener("click", correct);
  bar?.append(button);
  document.addEventListener("keydown", (event) => {
    const isPlain = event.key === "c" && !event.ctrlKey && !event.metaKey && !event.altKey && !event.repeat;
    if (!isPlain || isOpen() || event.target.closest?.("input, textarea, select, [contenteditable]")) return;
    if (correct()) event.preventDefault();
  });
}
