// The desk in a browser: fetches the pane when something changed, swaps only what differs, and lets keys press buttons.
// What there is, and what it does, comes from the server; without this file the page works by its forms and by reloading.
"use strict";

(() => {
  const PANE = { "X-Garbo-Pane": "1" };
  const SETTLE_MS = 600; // a key that was meant for what stood here a moment ago does nothing
  const PATIENCE_MS = 10000; // a move or a word that is sent again because of it changes nothing twice
  const RENEW_MS = 60000;
  const desk = document.getElementById("desk");
  const list = document.getElementById("keys");
  let busy = false;
  let settled = true;
  let settling = 0;

  // ---- swapping: elements that stay are kept, with their focus, text, scroll and open details

  const same = (a, b) => a.nodeType === b.nodeType && (a.nodeType !== 1 || (a.nodeName === b.nodeName && a.id === b.id));
  const isField = (node) => node instanceof HTMLElement && node.matches("input, textarea, select");
  const isDirty = (field) =>
    field.type === "checkbox" ? field.checked !== field.defaultChecked : field.value !== (field.defaultValue ?? "");

  function formAtWork(node) {
    if (node.nodeType !== 1) return null;
    const forms = node.matches("form[data-keep]") ? [node] : [...node.querySelectorAll("form[data-keep]")];
    return forms.find((form) =>
      [...form.elements].some((each) => isField(each) && each.type !== "hidden" && (each === document.activeElement || isDirty(each))),
    );
  }

  // What somebody was typing outlives the call that it is about: its form alone stays, below, until it is sent.
  function hold(node, form) {
    node.setAttribute("data-held", "");
    for (let inner = node; inner !== form; ) {
      const way = [...inner.children].find((child) => child.contains(form));
      for (const child of [...inner.childNodes]) if (child !== way) child.remove();
      inner = way;
      if (inner instanceof HTMLDetailsElement) inner.open = true;
    }
  }

  function drop(node, acted) {
    if (node.nodeType === 1 && node.hasAttribute("data-until-acted") && !acted) return;
    const form = formAtWork(node);
    if (form) hold(node, form);
    else node.remove();
  }

  function syncAttributes(from, to) {
    for (const { name, value } of to.attributes) if (from.getAttribute(name) !== value) from.setAttribute(name, value);
    for (const { name } of [...from.attributes]) if (name !== "open" && !to.hasAttribute(name)) from.removeAttribute(name);
  }

  function syncField(from, to) {
    const untouched = !isDirty(from);
    const typed = from.value;
    syncAttributes(from, to);
    if (from.nodeName === "TEXTAREA" && from.defaultValue !== to.defaultValue) from.defaultValue = to.defaultValue;
    if (from.type === "hidden") from.value = to.value;
    else if (from.type !== "checkbox") {
      const value = untouched && from !== document.activeElement ? to.value : typed;
      if (from.value !== value) from.value = value;
    }
  }

  function morph(from, to, acted) {
    if (from.isEqualNode(to) && !isField(from) && !from.querySelector("input, textarea")) return;
    if (isField(from)) {
      syncField(from, to);
      return;
    }
    syncAttributes(from, to);
    let at = from.firstChild;
    for (const wanted of [...to.childNodes]) {
      let found = at && same(at, wanted) ? at : null;
      if (!found && wanted.id) found = [...from.children].find((child) => same(child, wanted)) ?? null;
      if (!found) {
        from.insertBefore(document.importNode(wanted, true), at);
        continue;
      }
      while (at && at !== found) {
        const next = at.nextSibling;
        drop(at, acted);
        at = next;
      }
      if (found.nodeType === 1) {
        found.removeAttribute("data-held");
        morph(found, wanted, acted);
      } else if (found.nodeValue !== wanted.nodeValue) found.nodeValue = wanted.nodeValue;
      at = found.nextSibling;
    }
    while (at) {
      const next = at.nextSibling;
      drop(at, acted);
      at = next;
    }
  }

  function settle() {
    settled = false;
    desk.dataset.settled = "no";
    clearTimeout(settling);
    settling = setTimeout(() => {
      settled = true;
      desk.dataset.settled = "yes";
    }, SETTLE_MS);
  }

  // Whoever had the focus on something that is gone finds it on the words, not at the top of the page.
  function show(text, acted) {
    const wanted = new DOMParser().parseFromString(text, "text/html").getElementById("desk");
    if (!wanted) return false;
    const before = document.activeElement;
    const moved = wanted.dataset.scene !== desk.dataset.scene || wanted.dataset.call !== desk.dataset.call;
    const settledNow = desk.dataset.settled ?? "yes";
    morph(desk, wanted, acted || wanted.dataset.call !== desk.dataset.call);
    desk.dataset.settled = settledNow;
    if (moved) settle();
    if (before && before !== document.body && !before.isConnected) {
      const place = document.getElementById("words") ?? desk.querySelector("h1");
      if (place) {
        place.tabIndex = -1;
        place.focus({ preventScroll: true });
      }
    }
    return true;
  }

  // ---- talking to the server: one request at a time, in order

  let chain = Promise.resolve();
  let asked = false;
  const inTurn = (work) => (chain = chain.then(work, work));

  function tell(id, on) {
    document.getElementById(id).hidden = !on;
  }

  async function ask(url, options) {
    try {
      const answer = await fetch(url, { ...options, signal: AbortSignal.timeout(PATIENCE_MS) });
      const out = answer.status === 401 || answer.status === 403 || (answer.redirected && new URL(answer.url).pathname === "/login");
      tell("signed-out", out);
      if (out) return null;
      const text = await answer.text();
      const shown = [200, 409, 422].includes(answer.status) && show(text, options.method === "POST");
      tell("broken", !shown);
      return shown ? answer : null;
    } catch {
      tell("broken", true);
      return null;
    }
  }

  // Marks are LIFE.COUNT: what the answer to one's own form has shown is not fetched once more.
  function hasSeen(mark) {
    const [life, count] = mark.split(".");
    const [ownLife, ownCount] = desk.dataset.mark.split(".");
    return life === ownLife && Number(count) <= Number(ownCount) && document.getElementById("broken").hidden;
  }

  const look = () => ask("/desk/pane", { headers: PANE });

  function refresh(mark = "") {
    if (asked) return chain;
    if (mark) return inTurn(() => (hasSeen(mark) ? null : look()));
    asked = true;
    return inTurn(() => {
      asked = false;
      return look();
    });
  }

  function fieldsOf(form) {
    return [...form.elements].filter((each) => isField(each) && each.type !== "hidden");
  }

  async function send(form, submitter) {
    if (busy) return;
    busy = true;
    desk.dataset.settled = "no";
    const sent = new Map(fieldsOf(form).map((field) => [field, field.type === "checkbox" ? field.checked : field.value]));
    const body = new URLSearchParams(new FormData(form, submitter));
    await inTurn(async () => {
      const answer = await ask(form.getAttribute("action"), { method: "POST", headers: PANE, body });
      busy = false;
      if (settled) desk.dataset.settled = "yes";
      if (!answer || !answer.ok) return;
      for (const open of desk.querySelectorAll("details[data-takes-keys][open]")) open.open = false;
      for (const [field, value] of sent) {
        if ((field.type === "checkbox" ? field.checked : field.value) !== value) continue; // typed on meanwhile
        if (field.type === "checkbox") field.checked = field.defaultChecked;
        else field.value = field.defaultValue;
      }
      if (form.closest("[data-held]")) form.closest("[data-held]").remove();
    });
  }

  // ---- keys: they press what is on the screen, and are dead while somebody types

  const visible = (element) => element.checkVisibility() && !element.disabled && !element.closest("[data-held]");
  const taking = () => [...desk.querySelectorAll("details[data-takes-keys][open]")].filter(visible).pop();

  function bound(key) {
    const all = [...desk.querySelectorAll("[data-key]")].filter((each) => each.dataset.key.split(" ").includes(key) && visible(each));
    const open = taking();
    if (!open) return all[0];
    const own = open.querySelector("summary");
    return all.find((each) => open.contains(each) && each !== own) ?? all.find((each) => each.hasAttribute("data-everywhere"));
  }

  function press(element) {
    if (element.id === "open-keys") list.showModal();
    else if (element.nodeName === "SUMMARY") toggle(element.parentElement);
    else if (element.form) element.form.requestSubmit(element);
    else element.click();
  }

  function toggle(details) {
    details.open = !details.open;
    if (details.open) details.querySelector("[data-first]")?.focus();
  }

  // Only one asks for a key at a time.
  function alone(event) {
    const details = event.target;
    if (!(details instanceof HTMLDetailsElement) || !details.open || !details.hasAttribute("data-takes-keys")) return;
    for (const other of desk.querySelectorAll("details[data-takes-keys][open]"))
      if (!other.contains(details) && !details.contains(other)) other.open = false;
  }

  function leave(open) {
    const inside = open.contains(document.activeElement);
    open.open = false;
    if (inside) open.querySelector("summary").focus();
  }

  function onKey(event) {
    if (event.defaultPrevented || event.isComposing || list.open) return;
    if (event.ctrlKey || event.altKey || event.metaKey || event.getModifierState("AltGraph")) return;
    const target = event.target instanceof HTMLElement ? event.target : document.body;
    if (isField(target) || target.isContentEditable) {
      if (event.key === "Escape") target.blur();
      else if (event.key === "Enter" && target.nodeName === "INPUT") {
        const own = target.closest("details")?.querySelector("[data-own]");
        if (own) {
          event.preventDefault();
          own.form.requestSubmit(own);
        }
      }
      return;
    }
    const open = taking();
    if (event.key === "Escape" && open) {
      event.preventDefault();
      leave(open);
      return;
    }
    const key = event.key === " " ? "Space" : event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if ((key === "Enter" || key === "Space") && target.closest("button, a[href], summary")) return; // the browser presses it
    if (key === "Space" && target.closest(".scrolls")) return;
    if (event.shiftKey && /^\p{L}$/u.test(key)) return;
    const element = bound(key);
    if (!element) return;
    event.preventDefault();
    if (!event.repeat && !busy && settled) press(element);
  }

  document.addEventListener("keydown", onKey);
  document.addEventListener("toggle", alone, true);
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!desk.contains(form)) return;
    event.preventDefault();
    send(form, event.submitter);
  });
  document.addEventListener("click", (event) => {
    const pressed = event.target instanceof Element ? event.target.closest("button, summary, #open-keys") : null;
    if (!pressed) return;
    if (pressed.id === "open-keys" && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      list.showModal();
    }
    // After a mouse the next Enter is for the script, not for the button that was clicked.
    if (event.detail > 0 && desk.contains(pressed)) pressed.blur();
  });

  tell("by-hand", false);
  desk.dataset.settled = "yes";
  garboLive.follow("/desk/events", refresh, { signedOut: refresh }); // what was typed stays on the page
  setInterval(refresh, RENEW_MS);
})();
