// Who is there: a key from the login link or the field becomes a session that no script can read.

const byId = (id) => document.getElementById(id);

async function post(key) {
  const answer = await fetch("/api/v1/session", { method: "POST", headers: { Authorization: `Bearer ${key}` } });
  return answer.ok ? "" : (await answer.json()).detail;
}

// What stands behind # never leaves the browser; it leaves the address bar and its history at once.
function keyOfTheLink() {
  const key = new URLSearchParams(location.hash.slice(1)).get("key");
  if (key !== null) history.replaceState(null, "", location.pathname + location.search);
  return key;
}

async function who() {
  const answer = await fetch("/api/v1/session");
  return answer.ok ? answer.json() : null;
}

function ask(detail) {
  byId("login").hidden = false;
  byId("login-detail").textContent = detail;
  byId("key").focus();
}

// Calls `enter` with the caller once there is one; again after each login.
export async function whenLoggedIn(enter) {
  const welcome = (caller) => {
    byId("login").hidden = true;
    byId("logout").hidden = false;
    byId("caller").textContent = `${caller.roles.join(", ")} · ${caller.hospitals?.join(", ") ?? "all hospitals"}`;
    enter(caller);
  };
  const tryKey = async (key) => {
    const refused = await post(key);
    const caller = refused ? null : await who();
    if (caller) welcome(caller);
    else ask(refused || "The browser keeps no cookie of this page, so it cannot stay logged in.");
  };
  byId("login-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const key = byId("key").value.trim();
    byId("key").value = "";
    tryKey(key);
  });
  byId("logout").addEventListener("click", async () => {
    await fetch("/api/v1/session", { method: "DELETE" });
    location.reload();
  });
  // The link pasted into a page that is open already changes nothing but the part behind #.
  addEventListener("hashchange", () => {
    const pasted = keyOfTheLink();
    if (pasted) tryKey(pasted);
  });
  const linked = keyOfTheLink();
  if (linked) return tryKey(linked);
  const caller = await who();
  return caller ? welcome(caller) : ask("");
}
