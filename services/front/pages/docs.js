// A readable page of the OpenAPI document, without anything fetched from elsewhere.

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function typeOf(schema, depth = 0) {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").pop();
  const options = schema.anyOf ?? schema.oneOf;
  if (options && depth < 3) return options.map((one) => typeOf(one, depth + 1)).join(" | ");
  if (schema.enum) return schema.enum.join(" | ");
  if (schema.type === "array") return `${typeOf(schema.items, depth + 1)}[]`;
  return schema.format ? `${schema.type} (${schema.format})` : schema.type ?? "";
}

function parameters(list) {
  const rows = list.map((one) => element("tr", {},
    element("td", {}, element("code", { textContent: one.name })),
    element("td", { textContent: one.in + (one.required ? ", required" : "") }),
    element("td", { textContent: typeOf(one.schema) }),
    element("td", { textContent: one.description ?? one.schema?.description ?? "" })));
  const head = element("tr", {}, ...["name", "where", "type", "meaning"].map((name) => element("th", { textContent: name })));
  return element("table", {}, head, ...rows);
}

function content(title, body) {
  const types = Object.entries(body?.content ?? {}).map(([kind, one]) => `${kind} ${typeOf(one.schema)}`.trim());
  return types.length ? [element("p", { textContent: `${title}: ${types.join(" · ")}` })] : [];
}

function operation(method, path, details) {
  const summary = element("summary", {},
    element("code", { textContent: method.toUpperCase() }), " ", element("code", { textContent: path }),
    ` ${details.summary ?? ""}`);
  const parts = [element("p", { textContent: details.description ?? "" })];
  if (details.parameters?.length) parts.push(parameters(details.parameters));
  parts.push(...content("Body", details.requestBody));
  for (const [status, answer] of Object.entries(details.responses ?? {})) {
    parts.push(element("p", { className: "quiet", textContent: `${status} ${answer.description ?? ""}` }), ...content("Answer", answer));
  }
  return element("details", {}, summary, ...parts);
}

function schemas(document_) {
  const all = Object.entries(document_.components?.schemas ?? {});
  return element("section", {}, element("h2", { textContent: "Shapes" }), ...all.map(([name, schema]) =>
    element("details", { id: name }, element("summary", {}, element("code", { textContent: name })),
      element("pre", { textContent: JSON.stringify(schema, null, 2) }))));
}

async function show() {
  const main = document.getElementById("operations");
  try {
    const openapi = await (await fetch("/api/v1/openapi.json")).json();
    const groups = new Map();
    for (const [path, methods] of Object.entries(openapi.paths)) {
      for (const [method, details] of Object.entries(methods)) {
        const tag = details.tags?.[0] ?? "other";
        groups.set(tag, [...(groups.get(tag) ?? []), operation(method, path, details)]);
      }
    }
    main.replaceChildren(
      ...[...groups].map(([tag, rows]) => element("section", {}, element("h2", { textContent: tag }), ...rows)),
      schemas(openapi));
  } catch (error) {
    main.replaceChildren(element("p", { textContent: `The description could not be read: ${error.message}` }));
  }
}

show();
