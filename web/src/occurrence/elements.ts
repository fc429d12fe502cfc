// A header in the DICOM JSON model (PS3.18 F.2) as rows: an element each, those of sequences below them.

import keywords from "./keywords.json";

export interface Row {
  name: string;
  value: string;
  /** How many sequences it lies in. */
  depth: number;
  /** Its own name and value, and the names of the sequences it lies in: what a search looks at. */
  text: string;
}

type Document = Record<string, unknown>;

const KEYWORDS: Record<string, string> = keywords;

export function rowsOf(document: Document, depth = 0, above = ""): Row[] {
  return Object.entries(document).flatMap(([tag, element]) => {
    const name = KEYWORDS[tag] ?? tag;
    const items = itemsOf(element);
    if (!items) return [row(name, textOf(element), depth, above)];
    const inside = `${above} ${name}`;
    const each = items.map((item, place) => [
      ...(items.length > 1 ? [row(`${place + 1} / ${items.length}`, "", depth + 1, inside)] : []),
      ...rowsOf(item, depth + 1, inside),
    ]);
    return [row(name, "", depth, above), ...each.flat()];
  });
}

function row(name: string, value: string, depth: number, above: string): Row {
  return { name, value, depth, text: `${above} ${name} ${value}`.toLowerCase() };
}

function itemsOf(element: unknown): Document[] | undefined {
  if (!isDocument(element) || element.vr !== "SQ") return undefined;
  return Array.isArray(element.Value) ? element.Value.filter(isDocument) : [];
}

/** Several values stand as the standard writes them, with a backslash between them (PS3.5 6.4). */
function textOf(element: unknown): string {
  if (!isDocument(element)) return said(element);
  if (Array.isArray(element.Value)) return element.Value.map(said).join(" \\ ");
  const more = Object.entries(element).filter(([name]) => name !== "vr");
  return more.map(([name, value]) => `${name}: ${said(value)}`).join(", ");
}

/** The groups of a name (PS3.5 6.2.1.1) one after another. */
function said(value: unknown): string {
  if (value === null) return "";
  if (isDocument(value)) return Object.values(value).map(said).join(" = ");
  return typeof value === "string" ? value : JSON.stringify(value);
}

function isDocument(value: unknown): value is Document {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
