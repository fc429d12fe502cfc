// The plain page: counts, last occurrences, upload. Every text from the server is set as text, never as markup.

import { whenLoggedIn } from "/assets/login.js";

const byId = (id) => document.getElementById(id);

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

const plural = (count, noun) => `${count.toLocaleString()} ${noun}${count === 1 ? "" : "s"}`;

async function json(address, options) {
  const answer = await fetch(address, options);
  const body = await answer.json();
  if (!answer.ok && !body.items) throw new Error(body.detail ?? `HTTP ${answer.status}`);
  return body;
}

function trouble(error) {
  byId("trouble").textContent = error ? `The server does not answer as it should: ${error.message}` : "";
  byId("trouble").hidden = !error;
}

function showCounts(statistics) {
  const names = ["occurrences", "images", "pictures", "persons", "hospitals"];
  byId("counts").replaceChildren(
    ...names.map((name) =>
      element("div", {}, element("dt", { textContent: name }),
        element("dd", { textContent: statistics[name].toLocaleString() }))),
  );
  byId("groups").textContent = ["modality", "plane", "phase"]
    .filter((name) => statistics[name].length)
    .map((name) => `${name}: ${statistics[name].map((e) => `${e.value ?? "none"} ${e.count}`).join(", ")}`)
    .join("  ·  ");
}

function card(item) {
  const title = `${item.modality ?? "?"} · ${(item.radiology_occurrence_date ?? "no date").slice(0, 10)}`;
  const images = `/api/v1/occurrences/${item.radiology_occurrence_id}/images`;
  const picture = element("a", { className: "picture", href: item.thumbnail ?? images });
  picture.append(item.thumbnail
    ? element("img", { src: item.thumbnail, alt: `Picture of ${title}`, loading: "lazy" })
    : element("span", { className: "none", textContent: "no picture" }));
  const details = [item.hospital, item.study_description, plural(item.image_total_count, "image")].filter(Boolean).join(" · ");
  return element("li", {}, picture, element("p", {}, element("a", { href: images, textContent: title })),
    element("p", { className: "quiet", textContent: details }));
}

async function refresh() {
  if (document.querySelector(".reading").hidden) return;
  try {
    const [statistics, page] = await Promise.all([
      json("/api/v1/statistics"), json("/api/v1/occurrences?limit=24&sort=-id")]);
    showCounts(statistics);
    byId("empty").hidden = page.items.length > 0;
    byId("occurrences").replaceChildren(...page.items.map(card));
    trouble(null);
  } catch (error) {
    trouble(error);
  }
}

function follow(uploadId, summary) {
  const events = new EventSource(`/api/v1/uploads/${uploadId}/events`);
  const show = (message) => {
    const counts = JSON.parse(message.data);
    byId("outcome").textContent = `${summary} ${counts.catalogued} searchable, ${counts.pending} on their way.`;
    if (counts.done) {
      events.close();
      refresh();
    }
  };
  events.onmessage = show;
  events.addEventListener("counts", show);
  events.addEventListener("done", show);
  events.onerror = () => events.close();
}

function send(form) {
  const request = new XMLHttpRequest();
  const bar = byId("bar");
  bar.hidden = false;
  request.upload.onprogress = (event) => { bar.value = event.total ? event.loaded / event.total : 0; };
  request.onerror = () => { byId("outcome").textContent = "The connection broke; send the same files again."; };
  request.onload = () => {
    const answer = JSON.parse(request.responseText);
    if (!answer.items) {
      byId("outcome").textContent = answer.detail ?? "The server refused the request.";
      return;
    }
    const summary = `${answer.received} files: ${answer.stored} stored, ${answer.duplicate} already there, ${answer.refused} refused.`;
    byId("outcome").textContent = summary;
    byId("refused").replaceChildren(...answer.items.filter((item) => item.outcome === "refused").slice(0, 50)
      .map((item) => element("li", { textContent: `${item.name}: ${item.reason.detail}` })));
    follow(answer.upload_id, summary);
  };
  request.open("POST", "/api/v1/uploads");
  request.send(form);
}

byId("upload").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = new FormData();
  if (byId("hospital").value) form.append("hospital", byId("hospital").value);
  for (const file of byId("files").files) form.append("files", file, file.webkitRelativePath || file.name);
  send(form);
});

whenLoggedIn((caller) => {
  const may = (...roles) => ["admin", "steward", ...roles].some((role) => caller.roles.includes(role));
  for (const section of document.querySelectorAll(".reading")) section.hidden = !may("researcher");
  byId("sending").hidden = !may("bridge");
  refresh();
}).catch(trouble);
