import "@mantine/core/styles.css";
import "./page.css";

import { MantineProvider, createTheme, Drawer, Modal } from "@mantine/core";
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { Problem } from "./api/client";
import { App } from "./app";
import { startSpeaking } from "./i18n";

// Our policy for content allows no style element made by a script: Mantine makes none with these.
const theme = createTheme({
  components: {
    Modal: Modal.extend({ defaultProps: { lockScroll: false } }),
    Drawer: Drawer.extend({ defaultProps: { lockScroll: false } }),
  },
});

const isWorthAnotherTry = (error: unknown) => error instanceof Problem && (error.status === 0 || error.status >= 500);

/** A session that ended is noticed by whatever asks next: the page becomes the one to log in on, and comes back. */
const onError = (error: unknown) => {
  if (error instanceof Problem && error.status === 401) void queries.invalidateQueries({ queryKey: ["session"] });
};

const queries = new QueryClient({
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (failures, error) => isWorthAnotherTry(error) && failures < 3,
      refetchOnWindowFocus: false,
    },
  },
});

await startSpeaking();
const root = document.getElementById("root");
if (!root) throw new Error("There is no place for the page.");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <MantineProvider theme={theme} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
        <App />
      </MantineProvider>
    </QueryClientProvider>
  </StrictMode>,
);
