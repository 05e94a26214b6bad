// Has a page look again whenever its gate says that something changed, and says so while the gate is not heard.
//
//   garboLive.follow("/desk/events", look, { signedOut })   // signedOut: instead of loading the page anew
//
// `look` is called when the stream opens, also after it was lost, and on each change, then with the mark of the change (a
// page that has seen it has nothing to look for); it may return a promise. While it runs it is not called again, but once
// more afterwards if something changed meanwhile: so ten changes are one look, and the last one is never missed. The page has a line for its connection (templates/live/connection.html).
"use strict";

const garboLive = (() => {
  const SILENT_MS = 40000; // the gate says something every 15 seconds: a connection that is silent for so long is dead
  const CLOSED_MS = 3000; // a browser tries again by itself, but not after an answer that is no stream

  function once(look) {
    let looking = false;
    let wanted = null;
    return async (mark) => {
      wanted = wanted === "" ? "" : mark; // a look whatever was seen is not forgotten
      if (looking) return;
      looking = true;
      while (wanted !== null) {
        const seen = wanted;
        wanted = null;
        try {
          await look(seen);
        } catch (error) {
          console.error("look again:", error);
        }
      }
      looking = false;
    };
  }

  function say(lost) {
    for (const line of document.querySelectorAll("[data-live-connection]")) {
      const text = lost ? line.dataset.lost : "";
      if (line.textContent !== text) line.textContent = text;
    }
    document.documentElement.toggleAttribute("data-live-lost", lost);
  }

  // The session may be over: then the page must lead to the way in, for only there one can go on.
  async function ifSignedOut(act) {
    try {
      const answer = await fetch(location.href, { method: "HEAD", redirect: "manual", cache: "no-store" });
      if (answer.type === "opaqueredirect") act();
    } catch {
      // the gate is not there: the next try finds out
    }
  }

  function follow(url, look, { signedOut = () => location.reload() } = {}) {
    const lookOnce = once(look);
    let source = null;
    let silent = 0;

    function heard() {
      clearTimeout(silent);
      silent = setTimeout(connect, SILENT_MS);
      say(false);
    }

    function connect() {
      clearTimeout(silent);
      if (source !== null) source.close();
      source = new EventSource(url);
      silent = setTimeout(connect, SILENT_MS);
      const mine = source;
      let opened = false;
      source.addEventListener("still", heard);
      source.addEventListener("changed", (event) => {
        heard(); // each stream begins with one, so that nothing is missed between two
        lookOnce(opened ? event.data : "");
        opened = true;
      });
      source.addEventListener("error", async () => {
        if (mine !== source) return;
        say(true);
        if (mine.readyState === EventSource.CLOSED) {
          clearTimeout(silent);
          silent = setTimeout(connect, CLOSED_MS);
          await ifSignedOut(signedOut);
        }
      });
    }

    // A page that was in the background of a sleeping machine, or was shown again from the browser's memory.
    window.addEventListener("pageshow", (event) => event.persisted && connect());
    window.addEventListener("online", connect);
    window.addEventListener("pagehide", () => source.close());
    connect();
  }

  return { follow };
})();
