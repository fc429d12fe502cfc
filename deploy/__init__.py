"""Where rcdm lives: programs and configurations for a laptop, compose and Kubernetes."""
