// A form of the desk beside the page that it is about; on a phone a sheet from below. It is the form of an address of its
// own, fetched, sent and shown again with what is wrong in it; where that cannot be done, one goes to the address.
let box, before;

const part = async (answer) => {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const found = page.querySelector("main .desk-form");
  return found?.querySelector("form.fields") && document.adoptNode(found);
};

const close = () => box?.close();

const send = async (event) => {
  const form = event.target, button = event.submitter;
  if (form.dataset.native) return;
  event.preventDefault();
  const fields = new URLSearchParams(new FormData(form, button));
  button?.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.action, { method: "POST", body: fields, headers: { accept: "text/html" } });
    if (answer.redirected) return location.assign(answer.url);
    show(await part(answer));
  } catch {
    form.dataset.native = "yes"; // the page itself says what is in the way
    form.requestSubmit(button);
  }
};

const show = (section) => {
  if (!section) throw new Error("no form");
  box.querySelector(".desk-form")?.remove();
  box.append(section);
  section.querySelector("h1")?.setAttribute("id", "panel-head");
  box.dispatchEvent(new CustomEvent("panel", { bubbles: true }));
  const shown = [...section.querySelectorAll("textarea, select, input:not([type=hidden])")].filter((field) => field.offsetParent);
  const first = shown.find((field) => field.ariaInvalid === "true") ?? section.querySelector("#problems") ?? section.querySelector("[autofocus]") ?? shown.find((field) => !field.value) ?? shown[0];
  first?.focus();
};

// Resolves to the panel once the form is in it; nothing where one is open already.
export const openPanel = async (address) => {
  if (box) return;
  before = document.activeElement;
  box = Object.assign(document.createElement("dialog"), { className: "panel" });
  box.setAttribute("aria-labelledby", "panel-head");
  const leave = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: "Close" });
  leave.addEventListener("click", close);
  box.append(leave);
  box.addEventListener("submit", send);
  box.addEventListener("close", () => {
    box.remove();
    box = undefined;
    before?.focus?.();
  });
  try {
    const answer = await fetch(address, { headers: { accept: "text/html" } });
    const section = answer.ok && (await part(answer));
    if (!section) throw new Error(answer.status);
    document.body.append(box);
    box.showModal();
    show(section);
    return box;
  } catch {
    box = undefined;
    location.assign(address);
  }
};

export const isOpen = () => Boolean(box);
