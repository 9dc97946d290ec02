// Follows the ledger: when something was sent, the list is fetched again and put in place, unless the reader has scrolled
// down, in which case a button offers it. The page works without this script; one reloads it then.
(function () {
  "use strict";
  const shown = document.getElementById("list").dataset.count;
  let first = true;
  let loading = false;
  let button = null;

  async function refresh() {
    if (loading) return;
    loading = true;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (!answer.ok) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const id of ["list", "lede", "nav"]) {
        const old = document.getElementById(id);
        const now = fresh.getElementById(id);
        if (old && now) old.replaceWith(now);
      }
      if (button) button.remove();
      button = null;
    } finally {
      loading = false;
    }
  }

  function offer() {
    if (button) return;
    button = document.createElement("button");
    button.type = "button";
    button.className = "fresh";
    button.textContent = "Show new messages";
    button.addEventListener("click", function () {
      scrollTo({ top: 0 });
      refresh();
    });
    document.body.append(button);
  }

  new EventSource("/events").onmessage = function (event) {
    const same = first && event.data === shown;
    first = false;
    if (same) return;
    if (scrollY > 160) offer();
    else refresh();
  };
})();
