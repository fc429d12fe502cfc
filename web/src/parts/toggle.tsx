// A button that is on or off, and looks so.

import { Button } from "@mantine/core";
import type { ReactNode } from "react";

interface Props {
  isOn: boolean;
  disabled?: boolean;
  onClick: () => void;
  children: ReactNode;
}

export function Toggle({ isOn, children, ...rest }: Props) {
  return (
    <Button size="compact-sm" variant={isOn ? "filled" : "default"} aria-pressed={isOn} {...rest}>
      {children}
    </Button>
  );
}
