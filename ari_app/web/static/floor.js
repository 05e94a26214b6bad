// Keeps a page of the floor as things stand now, without taking focus, place or an open table from who reads it.
//
// The server makes the page; here it is fetched again and each part with `data-live` that differs is put in place of the
// old one. A part in which something is being chosen or selected waits for the next look.
"use strict";

(() => {
  const EVERY_MS = 5000;
  const AT_MOST_EVERY_MS = 2000; // the server counts no more often
  const CAN_HOLD_FOCUS = "a, summary, [tabindex]";
  const floor = document.getElementById("floor");
  let looking = false;
  let last = 0;

  // The one place that knows when to look: told by the gate where it tells, else by the clock.
  function whenChanged(look) {
    if (floor.hasAttribute("data-events") && typeof garboLive !== "undefined") garboLive.follow("/floor/events", look);
    setInterval(look, EVERY_MS);
  }

  function busy(part) {
    const chosen = document.getSelection();
    return chosen !== null && !chosen.isCollapsed && part.contains(chosen.anchorNode);
  }

  function put(part, fresh) {
    const focused = document.activeElement;
    const inside = part.contains(focused);
    const where = [...part.querySelectorAll(CAN_HOLD_FOCUS)].indexOf(focused);
    const scrolled = [...part.querySelectorAll(".wide")].map((each) => [each.scrollLeft, each.scrollTop]);
    part.replaceChildren(...fresh.childNodes);
    part.querySelectorAll(".wide").forEach((each, index) => {
      if (scrolled[index]) [each.scrollLeft, each.scrollTop] = scrolled[index];
    });
    if (!inside) return;
    const same = focused.id ? document.getElementById(focused.id) : part.querySelectorAll(CAN_HOLD_FOCUS)[where];
    (same ?? part.querySelector(".wide"))?.focus({ preventScroll: true }); // a call that ended leaves its table
  }

  function swap(text) {
    const page = new DOMParser().parseFromString(text, "text/html");
    for (const part of floor.querySelectorAll("[data-live]")) {
      const fresh = page.getElementById(part.id);
      if (fresh === null || busy(part)) continue;
      for (const details of part.querySelectorAll("details[open][id]")) {
        fresh.querySelector(`#${CSS.escape(details.id)}`)?.setAttribute("open", "");
      }
      if (fresh.innerHTML !== part.innerHTML) put(part, fresh);
    }
  }

  async function look() {
    if (looking || document.hidden || performance.now() - last < AT_MOST_EVERY_MS) return;
    looking = true;
    try {
      const answer = await fetch(location.href, { cache: "no-store", redirect: "manual" });
      if (answer.type === "opaqueredirect") location.reload(); // the session is over: the page leads to the way in
      else if (answer.ok) swap(await answer.text());
    } catch {
      // the gate is not there; the next look finds out, and the page says as of when it is
    } finally {
      last = performance.now();
      looking = false;
    }
  }

  whenChanged(look);
  document.addEventListener("visibilitychange", look);
})();
