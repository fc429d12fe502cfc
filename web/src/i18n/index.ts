// English and Korean; what was chosen is remembered.

import i18next from "i18next";
import { initReactI18next } from "react-i18next";

import { en } from "./en";

export const LANGUAGES = ["en", "ko"] as const;
export type Language = (typeof LANGUAGES)[number];
const KEPT = "rcdm.language";

function firstLanguage(): Language {
  const kept = localStorage.getItem(KEPT) ?? navigator.language;
  return kept.startsWith("ko") ? "ko" : "en";
}

/** Korean comes when it is asked for. */
export async function speak(language: Language): Promise<void> {
  if (language === "ko" && !i18next.hasResourceBundle("ko", "translation")) {
    i18next.addResourceBundle("ko", "translation", (await import("./ko")).ko);
  }
  await i18next.changeLanguage(language);
  localStorage.setItem(KEPT, language);
  document.documentElement.lang = language;
}

export async function startSpeaking(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: "en",
    fallbackLng: "en",
    resources: { en: { translation: en } },
    keySeparator: false,
    nsSeparator: false,
    interpolation: { escapeValue: false }, // React writes text as text
    returnNull: false,
  });
  await speak(firstLanguage());
}
