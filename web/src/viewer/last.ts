// The search of this tab that was looked at last: who opened a study comes back to it.

const NAME = "rcdm-search";

export function keepSearch(search: string): void {
  sessionStorage.setItem(NAME, search);
}

export function lastSearch(): string {
  return `/?${sessionStorage.getItem(NAME) ?? ""}`;
}
